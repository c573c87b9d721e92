package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"flink-sql-driver/driver/internal/secret"
	"flink-sql-driver/plan/process"
)

// ownerFile is the file of a private directory that names its process.
const ownerFile = "process"

// makePrivateDir makes this process's own directory.
func (j *job) makePrivateDir(secrets bool) error {
	base := j.options.settings.privateDir
	inMemory := secrets && !j.options.settings.diskSecrets
	leaf := string(j.service.Role) + "-" + strconv.Itoa(j.pid)
	if base != "" {
		if err := j.takePrivateDir(filepath.Join(base, leaf), inMemory); err != nil {
			return privateDirError(err)
		}
		sweep(base, j.private)
		return nil
	}
	roots := []string{sharedMemory}
	if !inMemory {
		roots = append(roots, os.TempDir())
	}
	var err error
	for _, root := range roots {
		own := filepath.Join(root, "flink-sql-"+strconv.Itoa(os.Getuid()))
		// It stays: others of this user may be about to use it.
		if _, err = secret.PrivateDir(own, inMemory); err != nil {
			continue
		}
		if err = j.takePrivateDir(filepath.Join(own, j.clusterName(), leaf), inMemory); err == nil {
			sweepClusters(own, j.private)
			return nil
		}
	}
	return privateDirError(err)
}

// takePrivateDir makes a directory ours and writes down whose it is.
func (j *job) takePrivateDir(path string, inMemory bool) error {
	made, err := secret.PrivateDir(path, inMemory)
	if err != nil {
		return err
	}
	j.private, j.made = path, made
	i, err := process.Of(j.pid)
	if err != nil {
		return nil // nobody will sweep it, then
	}
	return j.write(ownerFile, []byte(i.String()))
}

// leavePrivateDir removes what this process has put into memory: no Flink came to
// use it, or none does any more.
func (j *job) leavePrivateDir() {
	if j.private == "" {
		return
	}
	_ = os.RemoveAll(j.private)
	for _, dir := range slices.Backward(j.made) {
		_ = os.Remove(dir) // where somebody else uses it, it is not empty
	}
}

func privateDirError(err error) error {
	if err == nil || errors.Is(err, secret.ErrNotInMemory) {
		return err
	}
	return usage("private directory: %w; set sql-driver.private-dir", err)
}

// maxSweep bounds how many directories a start looks into.
const maxSweep = 256

// sweep removes the private directories below base, but keep, that processes left
// which were killed: those of which it is proved that they have ended.
func sweep(base, keep string) (removed bool) {
	for _, dir := range directories(base) {
		if dir == keep {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, ownerFile))
		if err != nil {
			continue
		}
		owner, ok := process.Parse(string(text))
		if !ok {
			continue
		}
		if gone, _ := owner.Gone(); gone {
			removed = os.RemoveAll(dir) == nil || removed
		}
	}
	return removed
}

// sweepClusters sweeps the directories of all clusters.
func sweepClusters(own, keep string) {
	for _, cluster := range directories(own) {
		if sweep(cluster, keep) {
			_ = os.Remove(cluster) // if it is empty now
		}
	}
}

// directories are the first of those in a directory of this user's, no links.
func directories(base string) []string {
	f, err := os.Open(base)
	if err != nil {
		return nil
	}
	defer f.Close()
	entries, _ := f.ReadDir(maxSweep)
	var found []string
	for _, e := range entries {
		if e.IsDir() {
			found = append(found, filepath.Join(base, e.Name()))
		}
	}
	return found
}
