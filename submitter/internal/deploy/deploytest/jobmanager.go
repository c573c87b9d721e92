package deploytest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"syscall"
	"time"

	"flink-sql-driver/submitter/internal/target"
)

// Script is what a launch does at one of its turns.
type Script string

// The scripts. The empty one is: all goes well.
const (
	Dies       Script = "dies"        // the process ends without a word
	Fails      Script = "fails"       // the job becomes FAILED
	Hangs      Script = "hangs"       // nothing happens any more
	Refuses    Script = "refuses"     // Flink says no, the job runs on
	FailsAfter Script = "fails after" // the state is written, then the job becomes FAILED
	RunsOn     Script = "runs on"     // the state is written, Flink says no, the job runs on
	Lingers    Script = "lingers"     // all goes well, but the process does not end
	Finishes   Script = "finishes"    // the job ends by itself with success
	Starves    Script = "starves"     // RUNNING, without slots for its tasks
	Restarts   Script = "restarts"    // RESTARTING for ever
	Repeats    Script = "repeats"     // RESTARTING for ever, and fails again and again, each time with another value
	Lacks      Script = "lacks"       // RESTARTING for ever, for want of a class
	Varies     Script = "varies"      // RESTARTING for ever, and fails of something else each time
	Silent     Script = "silent"      // stops as it should, but tells nobody of the savepoint
	Flickers   Script = "flickers"    // restarts again and again, too fast for anybody to see
	Crashes    Script = "crashes"     // fails in taking its savepoint, and is RESTARTING for ever
	Recovers   Script = "recovers"    // fails in taking its savepoint, and runs again before anybody looks
)

// Behaviour is a launch's scripts.
type Behaviour struct {
	Start  Script // from its start until all tasks run
	Health Script // when it is asked for a checkpoint
	Stop   Script // when it is asked to stop
	// Problem is what the target knows of while the launch runs.
	Problem string
}

// Fault is what becomes of a request.
type Fault int

// The faults.
const (
	None       Fault = iota
	Reset            // it is carried out, its answer is lost
	Unheard          // it is lost
	Error500         // answered by 500 and not carried out
	Nonsense         // answered by something that is no JobManager
	Unanswered       // carried out, and no answer until the client gives up
)

const (
	stopTakes = 300 * time.Millisecond
	endTakes  = time.Second
	// flickersEvery is less than a job without checkpoints has to run.
	flickersEvery = 7 * time.Second
	// failsEvery is how often a job fails that cannot run.
	failsEvery = 2 * time.Second
	// storeDuration is how long a JobManager stays up with an answer that nobody read.
	storeDuration = 30 * time.Second
)

// cluster is one scripted JobManager with its job. The target's lock guards it.
type cluster struct {
	target        *Target
	ref           target.Ref
	behaviour     Behaviour
	checkpointDir string
	uids          []string // of its operators
	status        string
	looks         int
	since         time.Time // of RUNNING
	failed        time.Time // last; zero: never
	completed     int
	stop          *stopping

	endsAt    time.Time
	condition target.Condition
	proof     string
	unknown   bool
	// unattended: nobody looks after its processes.
	unattended bool
}

// stopping is a stop with savepoint under way.
type stopping struct {
	trigger, dir      string
	doneAt            time.Time
	done              bool
	location, failure string
}

func (c *cluster) end(as target.Condition, proof string, in time.Duration) {
	c.condition, c.proof, c.endsAt = as, proof, time.Now().Add(in)
}

func (c *cluster) ended() bool {
	c.advance()
	return !c.endsAt.IsZero() && !time.Now().Before(c.endsAt)
}

// advance does what time has brought.
func (c *cluster) advance() {
	s := c.stop
	if !c.endsAt.IsZero() && !time.Now().Before(c.endsAt) {
		return
	}
	if s != nil && !s.done && c.status == "FINISHED" { // nobody is there any more to take it
		s.done, s.failure = true, "Could not find Flink job"
	}
	if s == nil || s.done || time.Now().Before(s.doneAt) || c.behaviour.Stop == Hangs || c.status != "RUNNING" {
		return
	}
	s.done = true
	switch c.behaviour.Stop {
	case Crashes, Recovers:
		s.failure = "Checkpoint Coordinator is suspending."
		c.crash()
		if c.behaviour.Stop == Recovers {
			c.status, c.since = "RUNNING", time.Now()
		}
		return
	}
	if c.behaviour.Stop != Refuses && c.behaviour.Stop != Fails {
		if err := c.write(s.dir + "/savepoint-" + c.ref.JobID[:6] + "-0123456789ab"); err != nil {
			panic(err)
		}
		s.location = c.target.newest
	}
	switch c.behaviour.Stop {
	case Refuses, RunsOn:
		s.failure, s.location = "Checkpoint triggering task Source is not running", ""
	case FailsAfter, Fails:
		s.failure, s.location = "the task failed while it stopped", ""
		c.fail()
	case Lingers:
		c.stopped()
	default:
		c.stopped()
		c.end(target.Finished, "ended with code 0", storeDuration)
	}
}

// stopped ends the job after its savepoint, with success.
func (c *cluster) stopped() {
	c.status = "FINISHED"
	if err := c.deleteCheckpoints(); err != nil {
		panic(err)
	}
	if c.target.Stopped != nil {
		c.target.Stopped(c.ref.Launch)
	}
}

// deleteCheckpoints is what Flink does when a job ends with success.
func (c *cluster) deleteCheckpoints() error {
	b := c.target.Bucket
	dir, ours := strings.CutPrefix(c.checkpointDir+"/"+c.ref.JobID+"/", b.URI(""))
	if !ours { // it was taken over from another bucket
		return nil
	}
	objects, err := b.List(context.Background(), dir)
	for _, o := range objects {
		err = errors.Join(err, b.Delete(context.Background(), o.Key))
	}
	return err
}

func (c *cluster) fail() {
	c.status = "FAILED"
	c.end(target.Failed, "ended with code 1", endTakes)
}

// crash fails the job, which then restarts for ever.
func (c *cluster) crash() { c.status, c.failed = "RESTARTING", time.Now() }

// write makes dir, a URI, a complete savepoint or checkpoint.
func (c *cluster) write(dir string) error {
	t := c.target
	t.lastID++
	uids := c.uids
	if t.Operators != nil {
		uids = t.Operators(c.ref.Launch, slices.Clone(uids))
	}
	data := t.metadata(t.lastID, uids)
	t.newest = dir
	return t.Bucket.Write(context.Background(), strings.TrimPrefix(dir, t.Bucket.URI(""))+"/_metadata", data)
}

func (c *cluster) checkpoint() error {
	c.completed++
	return c.write(fmt.Sprintf("%s/%s/chk-%d", c.checkpointDir, c.ref.JobID, c.target.lastID+1))
}

// RoundTrip makes the cluster its own HTTP transport: it answers on the spot.
func (c *cluster) RoundTrip(r *http.Request) (*http.Response, error) {
	fault := None
	if c.target.Fault != nil {
		fault = c.target.Fault(r.Method, strings.ReplaceAll(r.URL.Path, c.ref.JobID, "ID"))
	}
	if fault == Unheard {
		return nil, syscall.ECONNREFUSED
	}
	answer := httptest.NewRecorder()
	switch fault {
	case Error500:
		answer.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(answer, `{"errors":["Internal server error.","java.lang.IllegalStateException: out of order\n\tat A.b(A.java:1)"]}`)
	case Nonsense:
		fmt.Fprint(answer, "<html>welcome</html>")
	default:
		c.target.mu.Lock()
		gone := c.ended()
		if !gone {
			c.answer(answer, r)
		}
		c.target.mu.Unlock()
		if gone {
			return nil, syscall.ECONNREFUSED
		}
		if r.Method != http.MethodGet {
			c.target.effect("%s %s of launch %d", r.Method, r.URL.Path, c.ref.Launch)
		}
	}
	switch fault {
	case Reset:
		return nil, syscall.ECONNRESET
	case Unanswered:
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return answer.Result(), nil
}
