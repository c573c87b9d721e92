package deploy_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"flink-sql-driver/submitter/internal/deploy"
	"flink-sql-driver/submitter/internal/deploy/deploytest"
	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/journal"
	"flink-sql-driver/submitter/internal/target"
)

// taker is a target whose only JobManager is asked for a savepoint.
type taker struct {
	target.Target // nothing else may be asked of it
	world         *deploytest.World
	seen          target.Condition
	details       string
	posts         []string // what was asked, by trigger id and directory
	lose          int      // so many answers to that get lost
	status        string   // what is said of it; empty: it was taken
	empty         bool     // it says so, and there is none
}

func (s *taker) Observe(context.Context, target.Ref) (target.Observation, error) {
	return target.Observation{Condition: s.seen, Proof: "the proof"}, nil
}

func (s *taker) JobManager(context.Context, target.Ref) (*flinkrest.Client, error) {
	return flinkrest.New("http://jobmanager", flinkrest.Options{Transport: s}), nil
}

func (s *taker) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := func(code int, text string) (*http.Response, error) {
		return &http.Response{StatusCode: code, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
	}
	switch _, rest, _ := strings.Cut(r.URL.Path, "/savepoints"); {
	case !strings.Contains(r.URL.Path, "/savepoints"):
		return answer(http.StatusOK, s.details)
	case r.Method == http.MethodPost:
		var in struct {
			Dir string `json:"target-directory"`
			ID  string `json:"triggerId"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			return nil, err
		}
		s.posts = append(s.posts, in.ID+" "+in.Dir)
		if !s.empty {
			s.world.Put(strings.TrimPrefix(in.Dir, s.world.Bucket.URI(""))+"/savepoint-1/_metadata", string(s.world.Target.Metadata))
		}
		if len(s.posts) <= s.lose {
			return nil, errors.New("connection reset")
		}
		return answer(http.StatusAccepted, `{"request-id":"`+in.ID+`"}`)
	case s.status == "lost":
		return answer(http.StatusNotFound, `{"errors":["Operation not found under key: `+rest+`"]}`)
	case s.status != "":
		return answer(http.StatusOK, s.status)
	}
	return answer(http.StatusOK, `{"status":{"id":"COMPLETED"},"operation":{"location":"file:/somewhere"}}`)
}

// TestTriggerSavepoint: it is taken once, whatever becomes of answers, and nothing is
// called a savepoint that is none.
func TestTriggerSavepoint(t *testing.T) {
	const running = `{"jid":"0","state":"RUNNING","timestamps":{"RUNNING":1},"vertices":[{"name":"all","status":"RUNNING"}]}`
	for name, c := range map[string]struct {
		taker taker
		want  string // of the error; empty: there is none
		posts int
	}{
		"taken":                 {taker{details: running}, "", 1},
		"answers are lost":      {taker{details: running, lose: 3}, "", 4},
		"refused":               {taker{details: running, status: `{"status":{"id":"COMPLETED"},"operation":{"failure-cause":{"class":"E","stack-trace":"E: Checkpoint expired"}}}`}, "does nothing to the job: ", 1},
		"never ready":           {taker{details: running, status: `{"status":{"id":"IN_PROGRESS"}}`}, "no savepoint within 1m0s; Flink goes on with it", 1},
		"its JobManager is new": {taker{details: running, status: "lost"}, "started again meanwhile", 1},
		"there is none":         {taker{details: running, empty: true}, "no complete one is in ", 1},
		"it restarts":           {taker{details: strings.ReplaceAll(running, "RUNNING\"", "RESTARTING\"")}, "(it is RESTARTING)", 0},
		"it has ended":          {taker{seen: target.Failed}, "it does not run, so it can take no savepoint: the proof", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, s := deploytest.New(t), c.taker
				s.world = w
				if s.seen == "" {
					s.seen = target.Running
				}
				e := &journal.Entry{Name: "orders", Launch: &journal.LaunchRef{Number: 7, QueryVersion: 2, JobID: "0"}}
				uri, err := (&deploy.Deployer{Bucket: w.Bucket, Target: &s}).TriggerSavepoint(t.Context(), e, time.Minute)
				switch {
				case c.want == "" && (err != nil || !strings.HasPrefix(uri, w.Bucket.URI("savepoints/orders/2/kept-7-"))):
					t.Errorf("%q, %v", uri, err)
				case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
					t.Errorf("%v, want %q", err, c.want)
				}
				if len(s.posts) != c.posts {
					t.Errorf("asked %d times, want %d: %v", len(s.posts), c.posts, s.posts)
				}
				for _, p := range s.posts {
					if p != s.posts[0] {
						t.Errorf("it asked for %s, and then for %s", s.posts[0], p)
					}
				}
			})
		})
	}
}
