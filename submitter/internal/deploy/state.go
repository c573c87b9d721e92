package deploy

import (
	"context"
	"fmt"
	"strings"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/submitter/internal/journal"
)

// MissingError says that the newest state of a job is gone. Older state would bring
// back what the job was long ago and write its output again, so nobody falls back to
// that in silence.
type MissingError struct {
	Launch uint64
	// What is gone, and where it was looked for.
	What string
}

func (e *MissingError) Error() string { return e.What }

// RecordedState is NewestState for a job's record: where its last launch was stopped,
// the savepoint that this left has to be there.
func (d *Deployer) RecordedState(ctx context.Context, r *journal.Entry) (string, error) {
	if s, last := r.Savepoint, r.LastTrusted(); s != nil && last != nil && s.Launch == last.Number {
		var err error
		switch {
		case s.Location != "":
			err = d.there(ctx, s.Launch, s.Location, "that it left when it was stopped")
		case s.Taken:
			_, err = d.taken(ctx, s)
		}
		if err != nil {
			return "", err
		}
	}
	return d.NewestState(ctx, r.Name, r.Trusted)
}

// NewestState finds the newest state that the record vouches for: of the newest
// launch that left any, the complete savepoint or checkpoint with the highest
// checkpoint id, or of one that completed no checkpoint what it was restored from.
// Order is by launch and checkpoint id; clocks have no say. It returns Flink's URI,
// "" if there is nothing, and a *MissingError if there was something newer.
func (d *Deployer) NewestState(ctx context.Context, name string, launches []journal.LaunchRef) (string, error) {
	for i := len(launches) - 1; i >= 0; i-- {
		l := launches[i]
		best, err := d.newestOf(ctx, name, l)
		switch {
		case err != nil:
			return "", err
		case best != "":
			return best, nil
		case l.Checkpointed:
			return "", d.missing(name, l)
		case l.Restored != "":
			return l.Restored, d.there(ctx, l.Number, l.Restored, "that it was started from, and it completed no checkpoint of its own")
		}
	}
	return "", nil
}

// missing is for a launch of which nothing is left.
func (d *Deployer) missing(name string, l journal.LaunchRef) error {
	dir := l.Checkpoints
	if dir == "" {
		dir = d.Bucket.URI(fmt.Sprintf("checkpoints/%s/%d", name, l.QueryVersion))
	}
	return &MissingError{l.Number, fmt.Sprintf("launch %d completed checkpoints, but no complete checkpoint is in %s/%s and no savepoint in %s*", l.Number, dir, l.JobID, d.Bucket.URI(savepointsOf(name, l)))}
}

// there makes sure that a launch's state is in the bucket. What a person named may be
// anywhere, and is Flink's to read.
func (d *Deployer) there(ctx context.Context, launch uint64, uri, what string) error {
	key, ours := strings.CutPrefix(uri, d.Bucket.URI(""))
	if !ours {
		return nil
	}
	held, err := complete(ctx, d.Bucket, key+"/"+metadataFile)
	if err == nil && held == nil {
		err = &MissingError{launch, fmt.Sprintf("%s, the state of launch %d %s, is gone or incomplete", uri, launch, what)}
	}
	return err
}

// savepointsOf begins the key of every savepoint of a launch.
func savepointsOf(name string, l journal.LaunchRef) string {
	return fmt.Sprintf("savepoints/%s/%d/%d-", name, l.QueryVersion, l.Number)
}

// foreignSavepointsOf begins the key of every savepoint of a launch that somebody asked
// Flink for by hand without saying where it is to be (FileSystem's
// AbstractFsCheckpointStorageAccess.initializeLocationForSavepoint).
func foreignSavepointsOf(name string, l journal.LaunchRef) string {
	const shown = 6 // characters of the job id
	return fmt.Sprintf("savepoints/%s/%d/savepoint-%s-", name, l.QueryVersion, l.JobID[:min(shown, len(l.JobID))])
}

func (d *Deployer) newestOf(ctx context.Context, name string, l journal.LaunchRef) (string, error) {
	best := found{id: -1}
	savepoints, err := d.savepoints(ctx, name, l)
	if err != nil {
		return "", err
	}
	for _, dir := range savepoints {
		if !strings.HasPrefix(dir, savepointsOf(name, l)) {
			continue
		}
		if err := best.request(ctx, d.Bucket, dir); err != nil {
			return "", err
		}
	}
	err = d.searchOwn(ctx, &best, name, l, savepoints)
	return best.uri, err
}

// savepoints lists the directories of savepoints, and of requests for them, among which
// are those of a launch.
func (d *Deployer) savepoints(ctx context.Context, name string, l journal.LaunchRef) ([]string, error) {
	return d.Bucket.ListDirs(ctx, fmt.Sprintf("savepoints/%s/%d/", name, l.QueryVersion))
}

// searchOwn looks for what a launch left that was not asked for by this program: its
// checkpoints, and a savepoint with which somebody stopped it.
func (d *Deployer) searchOwn(ctx context.Context, best *found, name string, l journal.LaunchRef, savepoints []string) error {
	b, dir, err := d.checkpoints(ctx, name, l)
	if err != nil {
		return err
	}
	if b != d.Bucket {
		defer b.Close()
	}
	if err := best.checkpoints(ctx, b, dir); err != nil {
		return err
	}
	best.stops = true
	for _, dir := range savepoints {
		if !strings.HasPrefix(dir, foreignSavepointsOf(name, l)) {
			continue
		}
		if err := best.look(ctx, d.Bucket, dir); err != nil {
			return err
		}
	}
	return nil
}

// checkpoints is where a launch's checkpoints are: in the bucket, unless the
// manifest names a base of its own.
func (d *Deployer) checkpoints(ctx context.Context, name string, l journal.LaunchRef) (*bucket.Bucket, string, error) {
	if l.Checkpoints == "" || l.Checkpoints == d.Bucket.URI(fmt.Sprintf("checkpoints/%s/%d", name, l.QueryVersion)) {
		return d.Bucket, fmt.Sprintf("checkpoints/%s/%d/%s/", name, l.QueryVersion, l.JobID), nil
	}
	b, key, err := d.open(ctx, l.Checkpoints+"/"+l.JobID)
	if err != nil {
		return nil, "", fmt.Errorf("checkpoints of launch %d: %w", l.Number, err)
	}
	return b, key + "/", nil
}

// open opens the bucket of what Flink calls uri, to be closed by the caller unless
// it is the deployer's own.
func (d *Deployer) open(ctx context.Context, uri string) (*bucket.Bucket, string, error) {
	if key, ours := strings.CutPrefix(uri, d.Bucket.URI("")); ours {
		return d.Bucket, key, nil
	}
	url, key, err := bucket.ParseURI(uri, d.Bucket.FlinkOptions())
	if err != nil {
		return nil, "", err
	}
	b, err := bucket.Open(ctx, url)
	return b, key, err
}

// Completed reports whether a launch left any complete checkpoint.
func (d *Deployer) Completed(ctx context.Context, name string, l journal.LaunchRef) (bool, error) {
	best, err := d.newestOf(ctx, name, l)
	return best != "", err
}
