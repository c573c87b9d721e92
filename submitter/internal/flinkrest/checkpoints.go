package flinkrest

import (
	"context"
	"net/http"
	"time"
)

// Checkpoints is what a JobManager knows of its job's checkpoints. Counts start at
// zero with every JobManager.
type Checkpoints struct {
	Completed  int // savepoints included
	Failed     int
	InProgress int
	Restored   int

	// Latest is the last completed checkpoint, LatestSavepoint the last completed
	// savepoint, and From what the job was restored from; nil if there is none.
	Latest          *Checkpoint
	LatestSavepoint *Checkpoint
	From            *Checkpoint
}

// Checkpoint is one completed checkpoint or savepoint.
type Checkpoint struct {
	ID        int64
	Path      string // a URI as Flink writes it: file:/tmp/…, s3://bucket/…
	Savepoint bool
	Discarded bool // its files are gone
	Size      int64
	Time      time.Time // of its trigger, or of the restore
}

type checkpointAnswer struct {
	ID        int64  `json:"id"`
	Path      string `json:"external_path"`
	Savepoint bool   `json:"is_savepoint"`
	Discarded bool   `json:"discarded"`
	Size      int64  `json:"state_size"`
	Triggered int64  `json:"trigger_timestamp"`
	Restored  int64  `json:"restore_timestamp"`
}

// Checkpoints returns counts and the latest checkpoints of the job.
func (c *Client) Checkpoints(ctx context.Context, job string) (Checkpoints, error) {
	var a struct {
		Counts *struct {
			Completed  int `json:"completed"`
			Failed     int `json:"failed"`
			InProgress int `json:"in_progress"`
			Restored   int `json:"restored"`
		} `json:"counts"`
		Latest struct {
			Completed *checkpointAnswer `json:"completed"`
			Savepoint *checkpointAnswer `json:"savepoint"`
			Restored  *checkpointAnswer `json:"restored"`
		} `json:"latest"`
	}
	op := "checkpoints of job " + job
	if err := c.call(ctx, op, http.MethodGet, "/jobs/"+escape(job)+"/checkpoints", nil, &a); err != nil {
		return Checkpoints{}, err
	}
	if a.Counts == nil {
		return Checkpoints{}, c.fail(op, ErrProtocol, "no counts in the answer")
	}
	return Checkpoints{
		Completed: a.Counts.Completed, Failed: a.Counts.Failed, InProgress: a.Counts.InProgress, Restored: a.Counts.Restored,
		Latest: a.Latest.Completed.checkpoint(), LatestSavepoint: a.Latest.Savepoint.checkpoint(), From: a.Latest.Restored.checkpoint(),
	}, nil
}

func (a *checkpointAnswer) checkpoint() *Checkpoint {
	if a == nil {
		return nil
	}
	return &Checkpoint{
		ID: a.ID, Path: a.Path, Savepoint: a.Savepoint, Discarded: a.Discarded, Size: a.Size,
		Time: fromMillis(max(a.Triggered, a.Restored)),
	}
}
