package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"flink-sql-driver/submitter/internal/dist"
	"flink-sql-driver/submitter/internal/layout"
	"flink-sql-driver/submitter/internal/manifest"
)

// What a machine needs at least.
const (
	// freeDisk is for state, logs and Flink's temporary files of small jobs.
	freeDisk = 1 << 30
	// jobMemory is what JobManager and TaskManager of a small job take, in bytes.
	jobMemory = 800 << 20
)

func java(ctx context.Context) check {
	const name = "Java 17 or newer"
	j, err := dist.FindJava(ctx, getenv)
	if err != nil {
		return flawed(name, err.Error(), "run `submitter local install`, or set JAVA_HOME")
	}
	return passed(name, fmt.Sprintf("%v in %s", j.Version, j.Path))
}

func flink(ctx context.Context) check {
	const name = "Flink " + dist.DefaultVersion
	h, err := dist.Find(ctx, dist.Options{})
	if err != nil {
		found := err.Error()
		if errors.Is(err, dist.ErrNotInstalled) {
			found, _, _ = strings.Cut(found, "; ") // the remedy has a column of its own
		}
		return flawed(name, found, "run `submitter local install`, or set FLINK_HOME")
	}
	return passed(name, h.Version+" in "+h.Dir)
}

// memoryDir is where drivers keep secrets.
func memoryDir() check {
	const name, dir = "memory-backed directory", "/dev/shm"
	f, err := os.CreateTemp(dir, "flink-sql-doctor-*")
	if err != nil {
		return flawed(name, err.Error(), "mount a tmpfs on "+dir+", or set sql-driver.private-dir")
	}
	f.Close()
	os.Remove(f.Name())
	return passed(name, dir)
}

func loopback() check {
	const name = "loopback ports"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return flawed(name, err.Error(), "allow this user to listen on 127.0.0.1")
	}
	l.Close()
	return passed(name, "127.0.0.1")
}

// disk looks at the directory that everything on this machine is kept in, which
// need not exist yet.
func disk(cfg *manifest.Config) check {
	const name = "disk"
	dir, err := filepath.Abs(filepath.Dir(cfg.File))
	if err != nil {
		return flawed(name, err.Error(), "change to a directory that exists")
	}
	if own := filepath.Join(dir, localDir); exists(own) {
		dir = own
	}
	free, err := dist.Free(dir)
	if err != nil {
		return flawed(name, fmt.Sprintf("%s: %v", dir, err), "work in a directory of this user")
	}
	found := fmt.Sprintf("%d MiB free in %s", free>>20, dir)
	if free < freeDisk {
		return flawed(name, found, fmt.Sprintf("free some: jobs need %d MiB at least for state, logs and temporary files", freeDisk>>20))
	}
	return passed(name, found)
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// memory compares what is available with what so many more jobs will take.
func memory(jobs int) check {
	const name = "memory"
	available, err := availableMemory("/proc/meminfo")
	if err != nil {
		return passed(name, "not known: "+err.Error())
	}
	need := int64(jobs) * jobMemory
	found := fmt.Sprintf("%d MiB available, %d jobs to start", available>>20, jobs)
	if available < need {
		return flawed(name, found, fmt.Sprintf("small jobs take about %d MiB each: free some memory, or start fewer jobs here", jobMemory>>20))
	}
	return passed(name, found)
}

// availableMemory is MemAvailable (proc_meminfo(5)), in bytes.
func availableMemory(file string) (int64, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		value, ok := strings.CutPrefix(lines.Text(), "MemAvailable:")
		if !ok {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
		return kib << 10, err
	}
	return 0, fmt.Errorf("%s has no MemAvailable", file)
}

// checkStore proves the bucket's rights and its conditional create.
func checkStore(ctx context.Context, url string) check {
	const name = "store"
	if url == "" {
		return passed(name, "local: "+localDir+"/store")
	}
	b, err := openURL(ctx, url)
	if err == nil {
		defer b.Close()
		err = b.Prove(ctx)
	}
	if err != nil {
		return flawed(name, err.Error(), "mend the bucket, its rights or --store")
	}
	if _, err := layout.Read(ctx, b); errors.Is(err, layout.ErrNotOurs) {
		return flawed(name, url+": "+layout.ErrNotOurs.Error(), "`submitter init` once")
	}
	return passed(name, url)
}
