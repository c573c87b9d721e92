//go:build linux

package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// gatewayPlaces bounds the gateways of one environment: another one is started beside
// one that hangs while others still use it.
const gatewayPlaces = 8

// gatewayUnused is after how long a gateway that no command uses is ended when
// another one is started: its credentials may have expired since.
const gatewayUnused = time.Hour

// useName is the file that a command holds, shared, while it uses a gateway. Its time
// is that of the last use.
const useName = "use"

var errInUse = errors.New("every place for a gateway is taken")

func (t *Target) gatewaysDir() string { return filepath.Join(t.config.Root, "gateway") }

// gatewayDir is where the gateway of this target is, unless that one hangs.
func (t *Target) gatewayDir() string { return t.gatewayPlace(1) }

// gatewayPlace is one of the directories for gateways of this target's environment.
func (t *Target) gatewayPlace(n int) string {
	name := t.environment()
	if n > 1 {
		name += "-" + strconv.Itoa(n)
	}
	return filepath.Join(t.gatewaysDir(), name)
}

// environment is a short digest of what makes a gateway another one. Nothing can be
// read out of it, credentials least of all.
func (t *Target) environment() string {
	data, err := json.Marshal([]any{t.config.FlinkHome, t.config.JavaHome, t.config.Options, credentials(t.config.Environ)})
	if err != nil {
		panic(err) // texts can be written as JSON
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// makeGatewayDir makes a gateway's directory and takes its lock, which is held while
// a gateway is looked at, ended or started.
func (t *Target) makeGatewayDir(ctx context.Context, dir string) (*os.File, error) {
	for _, sub := range []string{"conf", "log", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	return t.gatewayLock(ctx, dir)
}

func (t *Target) gatewayLock(ctx context.Context, dir string) (*os.File, error) {
	return hold(ctx, filepath.Join(dir, "lock"), t.waitFor("the lock of the local SQL Gateway", t.gatewayBusy()))
}

// useGateway keeps others from ending a gateway, until Close.
func (t *Target) useGateway(dir string) error {
	t.uses.Lock()
	defer t.uses.Unlock()
	path := filepath.Join(dir, useName)
	now := time.Now()
	if f := t.uses.files[dir]; f != nil && sameFile(f, path) {
		return os.Chtimes(path, now, now)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(flock(f, unix.LOCK_SH), os.Chtimes(path, now, now)); err != nil {
		return errors.Join(err, f.Close())
	}
	if t.uses.files == nil {
		t.uses.files = map[string]*os.File{}
	}
	if before := t.uses.files[dir]; before != nil {
		before.Close()
	}
	t.uses.files[dir] = f
	return nil
}

// Close says that the gateways that this target gave addresses of are not used any
// more. The end of the process does the same.
func (t *Target) Close() error {
	t.uses.Lock()
	defer t.uses.Unlock()
	var failures []error
	for _, f := range t.uses.files {
		failures = append(failures, f.Close())
	}
	t.uses.files = nil
	return errors.Join(failures...)
}

// freeGateway is errInUse for a gateway that lives and that somebody uses. The lock of
// its directory is held: nobody begins to use it meanwhile.
func (t *Target) freeGateway(dir string) error {
	members, err := family(dir)
	if err != nil || len(members) == 0 {
		return err
	}
	used, err := inUse(dir)
	if err == nil && used {
		err = errInUse
	}
	return err
}

func inUse(dir string) (bool, error) {
	f, err := os.OpenFile(filepath.Join(dir, useName), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	err = flock(f, unix.LOCK_EX)
	if errors.Is(err, errHeld) {
		return true, nil
	}
	return false, err
}

// endUnused ends the gateways of other environments that nobody has used for long, and
// removes their directories. What cannot be told stays.
func (t *Target) endUnused(ctx context.Context, but string) {
	dirs, err := t.gatewayDirs()
	if err != nil {
		return
	}
	for _, dir := range dirs {
		if dir != but && dir != t.gatewaysDir() {
			_ = endIfUnused(ctx, dir) // it is tried again when the next one is started
		}
	}
}

func endIfUnused(ctx context.Context, dir string) error {
	info, err := os.Stat(filepath.Join(dir, useName))
	if err != nil || time.Since(info.ModTime()) < gatewayUnused {
		return err
	}
	lock, err := tryHold(filepath.Join(dir, "lock"))
	if err != nil {
		return err
	}
	defer lock.Close()
	if used, err := inUse(dir); err != nil || used {
		return err
	}
	if err := endGateway(ctx, dir); err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// gatewayDirs are the directories of all gateways below Root: those that are there,
// and those that somebody deleted while a gateway ran. A former version had its
// gateway in the directory above them.
func (t *Target) gatewayDirs() ([]string, error) {
	entries, err := os.ReadDir(t.gatewaysDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var dirs []string
	for _, e := range entries {
		dir := filepath.Join(t.gatewaysDir(), e.Name())
		if _, err := os.Stat(filepath.Join(dir, "lock")); err == nil {
			dirs = append(dirs, dir)
		}
	}
	alive, err := families()
	if err != nil {
		return nil, err
	}
	for dir := range alive {
		below := strings.HasPrefix(dir, t.gatewaysDir()+string(filepath.Separator))
		if (below || dir == t.gatewaysDir()) && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

// gatewaysDown ends every gateway below Root, in use or not.
func (t *Target) gatewaysDown(ctx context.Context) error {
	dirs, err := t.gatewayDirs()
	if err != nil {
		return fmt.Errorf("end the local SQL Gateway: %w", err)
	}
	done := make(chan error, len(dirs))
	for _, dir := range dirs {
		go func() { done <- t.gatewayDown(ctx, dir) }()
	}
	var failures []error
	for range dirs {
		if err := <-done; err != nil {
			failures = append(failures, fmt.Errorf("end the local SQL Gateway: %w", err))
		}
	}
	return errors.Join(failures...)
}

func (t *Target) gatewayDown(ctx context.Context, dir string) error {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		// Somebody deleted the directory of one that runs.
		return endGateway(ctx, dir)
	}
	lock, err := t.gatewayLock(ctx, dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	return endGateway(ctx, dir)
}
