// Package fence makes sure that a launch runs when the journal says so, and only
// once: it reads or awaits the launch's decision, claims the launch, and checks
// that the newest journal entry still names it. A submitter that was paused and
// wakes after somebody took over has no say here.
package fence

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"flink-sql-driver/plan/bucket"
	"flink-sql-driver/plan/launch"
)

// RefusedError says why this cluster may not run its job.
type RefusedError struct{ Reason string }

func (e *RefusedError) Error() string { return e.Reason }

func refuse(format string, args ...any) error { return &RefusedError{fmt.Sprintf(format, args...)} }

// Launch is one launch in a bucket.
type Launch struct {
	Name   string
	Number uint64
	Bucket *bucket.Bucket
}

var launchURI = regexp.MustCompile(`^(.*)/launches/([a-z0-9]([a-z0-9-]{0,36}[a-z0-9])?)/([1-9][0-9]{0,18})/?$`)

// ParseURI takes the URI of a launch's directory apart: the URI of the bucket,
// the job's name and the launch's number.
func ParseURI(uri string) (root, name string, number uint64, err error) {
	m := launchURI.FindStringSubmatch(uri)
	if m == nil {
		return "", "", 0, fmt.Errorf("%q is not …/launches/<name>/<number>/", uri)
	}
	number, err = strconv.ParseUint(m[4], 10, 63)
	return m[1], m[2], number, err
}

// Check is what a decision must say to be about this cluster.
type Check struct{ ClusterID, JobID string }

// check refuses a decision for another launch, or to abort.
func (l Launch) check(d launch.Decision, c Check) error {
	switch {
	case d.Verdict != launch.Go:
		return refuse("launch %d of %s was aborted: %s", l.Number, l.Name, d.Reason)
	case c.ClusterID != "" && d.ClusterID != "" && d.ClusterID != c.ClusterID:
		return refuse("decision of launch %d of %s is for cluster %s, but this is %s", l.Number, l.Name, d.ClusterID, c.ClusterID)
	case c.JobID != "" && d.JobID != "" && !strings.EqualFold(d.JobID, c.JobID):
		return refuse("decision of launch %d of %s is for job %s, but this cluster runs %s", l.Number, l.Name, d.JobID, c.JobID)
	}
	return nil
}

// Decision returns the decision if there is one already.
func (l Launch) Decision(ctx context.Context, c Check) (launch.Decision, bool, error) {
	d, err := launch.ReadDecision(ctx, l.Bucket, l.Name, l.Number)
	if errors.Is(err, bucket.ErrNotExist) {
		return d, false, nil
	}
	if err != nil {
		return d, false, err
	}
	return d, true, l.check(d, c)
}

const (
	firstPoll = 50 * time.Millisecond
	lastPoll  = 500 * time.Millisecond
)

// Await waits for the decision. When timeout has passed it tries to decide
// itself that the launch is aborted; whatever the decision then is, holds.
func (l Launch) Await(ctx context.Context, timeout time.Duration, c Check) (launch.Decision, error) {
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	for pause := firstPoll; ; pause = min(pause*3/2, lastPoll) {
		d, there, err := l.Decision(ctx, c)
		var refused *RefusedError
		if there || errors.As(err, &refused) {
			return d, err
		}
		// Any other error may pass: the store is asked again until the time is up.
		select {
		case <-time.After(pause):
		case <-deadline.C:
			return l.giveUp(c, fmt.Sprintf("the waiting cluster heard nothing for %v", timeout))
		case <-ctx.Done():
			return d, ctx.Err()
		}
	}
}

// giveUpTime bounds what a driver that is ending may take to say so.
const giveUpTime = 10 * time.Second

func (l Launch) giveUp(c Check, reason string) (launch.Decision, error) {
	ctx, cancel := context.WithTimeout(context.Background(), giveUpTime)
	defer cancel()
	d, err := launch.Decide(ctx, l.Bucket, l.Name, l.Number, launch.Decision{
		Verdict: launch.Abort, ClusterID: c.ClusterID, JobID: c.JobID, Reason: reason,
	})
	if err != nil {
		return d, err
	}
	return d, l.check(d, c)
}
