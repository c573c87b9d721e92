package deploytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/target"
)

// slots of every cluster.
const slots = 2

// answer is the part of Flink's REST API that deploying a job needs.
func (c *cluster) answer(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/jobs/"+c.ref.JobID)
	switch first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); {
	case path == "/overview":
		reply(w, map[string]any{"taskmanagers": 1, "slots-total": slots, "flink-version": "2.3.0"})
	case path == "" && r.Method == http.MethodPatch:
		c.cancel(w)
	case path == "":
		c.details(w)
	case first == "status":
		reply(w, map[string]any{"status": c.status})
	case first == "exceptions":
		reply(w, map[string]any{"exceptionHistory": map[string]any{"entries": c.failures()}})
	case first == "stop":
		c.stopWith(w, r)
	case first == "savepoints":
		c.savepoint(w, rest)
	case first == "checkpoints" && r.Method == http.MethodPost:
		c.trigger(w)
	case first == "checkpoints" && rest == "":
		reply(w, map[string]any{"counts": map[string]any{"completed": c.completed}})
	case first == "checkpoints":
		reply(w, map[string]any{"status": map[string]any{"id": "COMPLETED"}, "operation": map[string]any{}})
	}
}

func (c *cluster) cancel(w http.ResponseWriter) {
	if c.status != "RUNNING" && c.status != "RESTARTING" {
		w.WriteHeader(http.StatusConflict)
		reply(w, map[string]any{"errors": []string{"Job cancellation failed because the job has already reached another terminal state"}})
		return
	}
	c.status = "CANCELED"
	if c.behaviour.Stop != Lingers {
		c.end(target.Failed, "ended with code 1", endTakes)
	}
	reply(w, map[string]any{})
}

// details brings a job up, one look after the other.
func (c *cluster) details(w http.ResponseWriter) {
	c.looks++
	const looks = 2
	if c.status == "CREATED" && c.looks > looks {
		switch c.behaviour.Start {
		case Fails:
			c.fail()
		case Restarts, Repeats, Lacks, Varies:
			c.crash()
		case Hangs:
		case Finishes:
			c.status = "FINISHED"
			c.end(target.Finished, "ended with code 0", endTakes)
		default:
			c.status, c.since = "RUNNING", time.Now()
		}
	}
	if c.behaviour.Start == Flickers && time.Since(c.since) >= flickersEvery {
		c.since = time.Now()
	}
	all := map[string]any{"name": "all", "status": c.status, "parallelism": slots}
	if c.behaviour.Start == Starves && c.status == "RUNNING" {
		all["status"], all["parallelism"] = "SCHEDULED", 4*slots
	}
	reply(w, map[string]any{"jid": c.ref.JobID, "state": c.status, "timestamps": map[string]int64{"RUNNING": c.since.UnixMilli()}, "vertices": []any{all}})
}

// failures are as Flink has them, the newest first; it remembers one here.
func (c *cluster) failures() []any {
	if c.failed.IsZero() {
		return []any{}
	}
	one := func(at time.Time, trace string) any {
		return map[string]any{"exceptionName": "E", "timestamp": at.UnixMilli(), "stacktrace": trace}
	}
	var all []any
	for n, at := 0, c.failed; !at.After(time.Now()); n, at = n+1, at.Add(failsEvery) {
		switch c.behaviour.Start {
		case Repeats:
			all = append(all, one(at, fmt.Sprintf("java.lang.RuntimeException: of row %d\n\tat a.B.c(B.java:1)\nCaused by: java.lang.NumberFormatException: For input string: 'x%d'\n\tat a.Text.toInt(Text.java:%d)", n, n, n)))
		case Lacks:
			all = append(all, one(at, "java.lang.ClassNotFoundException: org.acme.Missing\n\tat java.net.URLClassLoader.findClass(U.java:1)"))
		case Varies:
			all = append(all, one(at, fmt.Sprintf("java.lang.IllegalStateException: reason %d\n\tat a.B.m%d(B.java:1)", n, n)))
		default:
			return []any{one(c.failed, "java.lang.Exception: division by zero")}
		}
	}
	slices.Reverse(all)
	const kept = 16 // web.exception-history-size
	return all[:min(len(all), kept)]
}

func (c *cluster) trigger(w http.ResponseWriter) {
	switch c.behaviour.Health {
	case Dies:
		c.end(target.Failed, "it died", 0)
	case Fails:
		c.fail()
	case FailsAfter:
		if err := c.checkpoint(); err != nil {
			panic(err)
		}
		c.fail()
	case Refuses, Hangs:
		w.WriteHeader(http.StatusServiceUnavailable)
		reply(w, map[string]any{"errors": []string{"not now"}})
		return
	default:
		if err := c.checkpoint(); err != nil {
			panic(err)
		}
	}
	reply(w, map[string]any{"request-id": "c0"})
}

func (c *cluster) stopWith(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Directory string `json:"targetDirectory"`
		TriggerID string `json:"triggerId"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		panic(err)
	}
	if s := c.stop; s != nil && s.trigger != in.TriggerID && !s.done {
		c.target.problem("two stops of launch %d at once", c.ref.Launch)
	}
	if c.stop == nil || c.stop.trigger != in.TriggerID {
		c.stop = &stopping{trigger: in.TriggerID, dir: in.Directory, doneAt: time.Now().Add(stopTakes)}
	}
	if c.behaviour.Stop == Dies {
		c.end(target.Failed, "it died while it was stopped", 0)
	}
	w.WriteHeader(http.StatusAccepted)
	reply(w, map[string]any{"request-id": in.TriggerID})
}

func (c *cluster) savepoint(w http.ResponseWriter, trigger string) {
	s := c.stop
	switch {
	case s == nil || s.trigger != trigger || c.behaviour.Stop == Silent && s.done:
		w.WriteHeader(http.StatusNotFound)
		reply(w, map[string]any{"errors": []string{"There is no savepoint operation with triggerId=" + trigger}})
		return
	case !s.done:
		reply(w, map[string]any{"status": map[string]any{"id": "IN_PROGRESS"}})
		return
	case s.failure != "":
		reply(w, map[string]any{"status": map[string]any{"id": "COMPLETED"}, "operation": map[string]any{
			"failure-cause": map[string]any{"class": "E", "stack-trace": "java.lang.Exception: " + s.failure}}})
		return
	}
	if c.behaviour.Stop != Lingers {
		c.end(target.Finished, "ended with code 0", endTakes)
	}
	reply(w, map[string]any{"status": map[string]any{"id": "COMPLETED"}, "operation": map[string]any{"location": s.location}})
}

func reply(w http.ResponseWriter, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}
