package flinkrest

import (
	"context"
	"net/http"
	"time"

	"flink-sql-driver/submitter/internal/javatrace"
)

// pollInterval is how often an operation that a method waits for is asked about.
const pollInterval = 50 * time.Millisecond

// Operation is how far something that Flink does in the background got
// (org.apache.flink.runtime.rest.handler.async). While neither Location, Failed
// nor Done is set, it is in progress.
//
// A JobManager whose job has ended stays up until every result was read once, up
// to rest.async.store-duration (5 minutes): whoever triggers must also ask.
type Operation struct {
	Done     bool
	Location string // of the completed savepoint
	Failed   string // root cause in one line
	Trace    string // the whole Java stack trace of a failure
}

type operationAnswer struct {
	Status struct {
		ID string `json:"id"`
	} `json:"status"`
	Operation *struct {
		Location string `json:"location"`
		Failure  *struct {
			Class string `json:"class"`
			Trace string `json:"stack-trace"`
		} `json:"failure-cause"`
	} `json:"operation"`
}

func (c *Client) operation(ctx context.Context, op, path string) (Operation, error) {
	var a operationAnswer
	if err := c.call(ctx, op, http.MethodGet, path, nil, &a); err != nil {
		return Operation{}, err
	}
	switch a.Status.ID {
	case "IN_PROGRESS":
		return Operation{}, nil
	case "COMPLETED":
	default:
		return Operation{}, c.fail(op, ErrProtocol, "unknown state "+a.Status.ID)
	}
	o := Operation{Done: true}
	if a.Operation == nil {
		return o, nil
	}
	o.Location = a.Operation.Location
	if f := a.Operation.Failure; f != nil {
		o.Trace = f.Trace
		if o.Failed = cut(javatrace.OneLine(f.Trace)); o.Failed == "" {
			o.Failed = "Flink gives no reason (" + f.Class + ")"
		}
	}
	return o, nil
}

// StopWithSavepoint asks for a savepoint below directory and the job's end after
// it. It returns as soon as Flink has accepted; SavepointStatus with the same
// triggerID says how far it is. Asking again with the same triggerID (32 hex
// digits) is the same request. Drain sends the highest watermark first.
func (c *Client) StopWithSavepoint(ctx context.Context, job, directory string, drain bool, triggerID string) error {
	in := struct {
		Directory string `json:"targetDirectory,omitempty"`
		Drain     bool   `json:"drain"`
		TriggerID string `json:"triggerId,omitempty"`
	}{directory, drain, triggerID}
	return c.trigger(ctx, "stop of job "+job+" with a savepoint", "/jobs/"+escape(job)+"/stop", in, triggerID)
}

// TriggerSavepoint asks for a savepoint below directory; the job goes on. Poll it
// with SavepointStatus.
func (c *Client) TriggerSavepoint(ctx context.Context, job, directory, triggerID string) error {
	in := struct {
		Directory string `json:"target-directory,omitempty"`
		Cancel    bool   `json:"cancel-job"`
		TriggerID string `json:"triggerId,omitempty"`
	}{directory, false, triggerID}
	return c.trigger(ctx, "savepoint of job "+job, "/jobs/"+escape(job)+"/savepoints", in, triggerID)
}

// SavepointStatus says how far a stop or a savepoint is. ErrNotFound: the
// JobManager never heard of the request, or it forgot it in a restart.
func (c *Client) SavepointStatus(ctx context.Context, job, triggerID string) (Operation, error) {
	op := "savepoint " + triggerID + " of job " + job
	o, err := c.operation(ctx, op, "/jobs/"+escape(job)+"/savepoints/"+escape(triggerID))
	if err == nil && o.Done && o.Failed == "" && o.Location == "" {
		err = c.fail(op, ErrProtocol, "completed without a location")
	}
	return o, err
}

// TriggerCheckpoint asks for a checkpoint and waits until it is completed, so that
// its result has been read (see Operation).
func (c *Client) TriggerCheckpoint(ctx context.Context, job string) error {
	op := "checkpoint of job " + job
	path := "/jobs/" + escape(job) + "/checkpoints"
	id, err := c.triggerAny(ctx, op, path, map[string]string{"checkpointType": "CONFIGURED"})
	if err != nil {
		return err
	}
	return c.await(ctx, op, path+"/"+escape(id))
}

// DisposeSavepoint deletes a savepoint through the JobManager, which knows its
// files, and waits until that is done.
func (c *Client) DisposeSavepoint(ctx context.Context, location string) error {
	op := "disposal of savepoint " + location
	id, err := c.triggerAny(ctx, op, "/savepoint-disposal", map[string]string{"savepoint-path": location})
	if err != nil {
		return err
	}
	return c.await(ctx, op, "/savepoint-disposal/"+escape(id))
}

func (c *Client) await(ctx context.Context, op, path string) error {
	for {
		o, err := c.operation(ctx, op, path)
		switch {
		case err != nil:
			return err
		case o.Failed != "":
			e := c.fail(op, nil, o.Failed)
			e.Trace = o.Trace
			return e
		case o.Done:
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollInterval):
		}
	}
}

// trigger starts an operation under a known id.
func (c *Client) trigger(ctx context.Context, op, path string, in any, triggerID string) error {
	id, err := c.triggerAny(ctx, op, path, in)
	if err != nil {
		return err
	}
	if triggerID != "" && id != triggerID {
		return c.fail(op, ErrProtocol, "accepted under the id "+id+" instead of "+triggerID)
	}
	return nil
}

func (c *Client) triggerAny(ctx context.Context, op, path string, in any) (string, error) {
	var a struct {
		ID string `json:"request-id"`
	}
	if err := c.call(ctx, op, http.MethodPost, path, in, &a); err != nil {
		return "", err
	}
	if a.ID == "" {
		return "", c.fail(op, ErrProtocol, "accepted without a request id")
	}
	return a.ID, nil
}
