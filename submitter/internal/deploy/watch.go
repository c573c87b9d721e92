package deploy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// problemPatience is how long a launch may have a problem that its target knows of:
// a process that ended is started again, and has to get the time for it.
const problemPatience = 20 * time.Second

// watch looks at a launch again and again.
type watch struct {
	*deployment
	e     *journal.Entry
	begun time.Time
	// note says what is being waited for.
	note string
	// problem is what the target knew of last, and troubled since when it knew of any.
	problem  string
	troubled time.Time
	// condition is what the target said last.
	condition target.Condition
	// heard is when the target knew anything last, unheard whether the story says that it
	// does not.
	heard   time.Time
	unheard bool
	// answered: a JobManager, or what stands in its place, said anything at all.
	answered bool
	// restarts: it was told that the job failed and Flink tries again.
	restarts bool
	// calm is since when the job was seen to run, since its last start.
	calm, start time.Time
}

func (d *deployment) watch(e *journal.Entry) *watch {
	return &watch{deployment: d, e: e, begun: time.Now(), heard: time.Now(), note: "nothing was heard of its JobManager"}
}

func (w *watch) pause(ctx context.Context) error { return sleep(ctx, pace(w.begun)) }

// tooLong is the end of a wait that brought nothing. A launch whose JobManager was never
// heard of, though its target sees it run, may do its work all the same, where it cannot
// be asked: nothing proves that it failed, so it is left alone.
func (w *watch) tooLong(state string, limit time.Duration) error {
	text := fmt.Sprintf("not %s within %s (upgrade.health-timeout): %s", state, limit, w.note)
	if w.answered || w.problem != "" || w.condition != target.Running {
		return &sick{text}
	}
	return fmt.Errorf("%s. Its JobManager runs and has never answered, so whether the job does cannot be determined; launch %d was left as it is. Apply again to wait for it once more, or end it with `submitter cancel %s`", text, w.e.Launch.Number, w.e.Name)
}

// sight is what one look brought.
type sight struct {
	up       bool      // all tasks run, or the job has finished
	finished bool      // with success
	since    time.Time // the job's last start, by its JobManager's clock
}

// look asks target and JobManager. The error is a *sick if the launch has failed.
func (w *watch) look(ctx context.Context) (sight, error) {
	condition, err := w.observe(ctx)
	if err != nil || condition == target.Finished {
		return sight{up: err == nil, finished: err == nil}, err
	}
	seen, note, err := w.ask(ctx)
	if note != "" && ctx.Err() == nil { // a look that was cut short brought nothing
		w.note = note
	}
	if w.problem != "" && !seen.up {
		w.note = w.problem
	}
	return seen, err
}

// observe asks the target, and gives up on a launch that has failed, or whose
// problem does not pass.
func (w *watch) observe(ctx context.Context) (target.Condition, error) {
	seen, err := w.Target.Observe(ctx, RefOf(w.e.Name, *w.e.Launch))
	if err != nil && unanswered(err) && ctx.Err() == nil {
		seen, err = target.Observation{Condition: target.Unknown, Proof: err.Error()}, nil
	}
	if err != nil {
		return seen.Condition, err
	}
	w.silence(seen)
	w.condition = seen.Condition
	if seen.Condition == target.Failed || seen.Condition == target.Absent {
		why := seen.Proof
		if seen.LastWord != "" {
			why = seen.LastWord + " (" + seen.Proof + ")"
		}
		return seen.Condition, &sick{why}
	}
	switch {
	case seen.Problem == "":
		w.troubled = time.Time{}
	case w.troubled.IsZero():
		w.troubled = time.Now()
		w.tell(w.e.Name, w.e.Phase, seen.Problem)
		if seen.Unattended {
			w.attend(ctx)
		}
	case time.Since(w.troubled) >= problemPatience && !seen.Patient:
		return seen.Condition, &sick{seen.Problem}
	}
	w.problem = seen.Problem
	if seen.Condition == target.Unknown {
		w.problem = seen.Proof
	}
	return seen.Condition, nil
}

// silence says that the target knows nothing of the launch, if that takes longer. It may
// again, so the launch gets its time for getting healthy.
func (w *watch) silence(seen target.Observation) {
	switch {
	case seen.Condition != target.Unknown:
		w.heard, w.unheard = time.Now(), false
	case !w.unheard && time.Since(w.heard) >= silencePatience:
		w.unheard = true
		w.tellSilence(w.e, seen.Proof, healthTimeout(w.e))
	}
}

// attend has the target look after the launch again. Where it does not, its problem
// stays.
func (w *watch) attend(ctx context.Context) {
	if err := w.mend(ctx, w.e); err != nil && ctx.Err() == nil {
		w.tell(w.e.Name, w.e.Phase, err.Error())
	}
}

// ask asks the JobManager.
func (w *watch) ask(ctx context.Context) (seen sight, note string, err error) {
	jm, err := w.Target.JobManager(ctx, RefOf(w.e.Name, *w.e.Launch))
	if err != nil {
		return sight{}, err.Error(), nil
	}
	job, err := jm.JobDetails(ctx, w.e.Launch.JobID)
	w.answered = w.answered || !errors.Is(err, flinkrest.ErrUnavailable)
	if err != nil {
		return sight{}, err.Error(), nil
	}
	switch job.Status {
	case "FINISHED":
		return sight{up: true, finished: true}, "", nil
	case "FAILED", "CANCELED":
		return sight{}, "", &sick{"the job is " + job.Status + w.rootCause(ctx, w.e)}
	case "RUNNING":
		if seen = (sight{up: job.AllRunning(), since: job.RunningSince}); seen.up {
			return seen, "", nil
		}
	}
	failures, err := jm.Exceptions(ctx, w.e.Launch.JobID)
	if err != nil {
		failures = nil // they are asked for again
	}
	if why := hopeless(failures, proven(w.e), time.Since(w.begun)); why != "" {
		return seen, "", &sick{why}
	}
	if job.Status == "RUNNING" {
		return seen, w.waiting(ctx, jm, job), nil
	}
	note = "the job is " + job.Status + newestCause(failures)
	if job.Status == "RESTARTING" && !w.restarts {
		w.restarts = true
		w.tell(w.e.Name, w.e.Phase, note)
	}
	return sight{}, note, nil
}

// waiting says what is being waited for: slots, or a task; empty if all run.
func (w *watch) waiting(ctx context.Context, jm *flinkrest.Client, job flinkrest.Details) string {
	text := taskWaiting(job)
	if text == "" || len(job.Vertices) == 0 {
		return text
	}
	need := slices.MaxFunc(job.Vertices, func(a, b flinkrest.Vertex) int { return a.Parallelism - b.Parallelism }).Parallelism
	if has, err := jm.Overview(ctx); err == nil && has.Slots < need {
		return fmt.Sprintf("%d slots are needed, and the TaskManagers that have come (%d) give %d", need, has.TaskManagers, has.Slots)
	}
	return text
}

// taskWaiting says which task is being waited for; empty if all run.
func taskWaiting(job flinkrest.Details) string {
	if len(job.Vertices) == 0 {
		return "the job has no tasks yet"
	}
	for _, v := range job.Vertices {
		if !(flinkrest.Details{Vertices: []flinkrest.Vertex{v}}).AllRunning() {
			return fmt.Sprintf("not all of task %q runs, it is %s", v.Name, v.Status)
		}
	}
	return ""
}
