package e2e

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"flink-sql-driver/e2e/flinktest"
)

// every matches each nth request of those that match, the first n-1 not: what is
// asked again at once succeeds.
func every(n uint64, match func(*http.Request) bool) func(*http.Request) bool {
	var seen atomic.Uint64
	return func(r *http.Request) bool { return match(r) && seen.Add(1)%n == 0 }
}

// ours matches the requests of submitter and driver, not Flink's.
func ours(r *http.Request) bool { return strings.Contains(r.UserAgent(), "aws-sdk-go") }

func anyones(*http.Request) bool { return true }

// creates matches our create-only writes: S3 answers 409 when two of them race.
func creates(r *http.Request) bool {
	return r.Method == http.MethodPut && r.Header.Get("If-None-Match") != ""
}

func writes(r *http.Request) bool { return r.Method == http.MethodPut || r.Method == http.MethodDelete }

// TestS3AtItsWorst deploys through a proxy that spoils the traffic of everybody,
// Flink's too. Whatever the store does, the end is that of an undisturbed run.
func TestS3AtItsWorst(t *testing.T) {
	s3 := flinktest.S3(t)
	proxy := flinktest.S3Fault(t, s3.Endpoint)
	proxy.Mercy(2) // clients ask three times: worse than that is a store that is down
	w := newS3World(t, s3, proxy.URL)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the store was asked:\n%s", strings.Join(proxy.Requests(), "\n"))
		}
	})
	f := newFeed(t, filepath.Join(w.dir, "in"), 3)
	w.writeCount("")
	w.must("init")
	f.piece(0)
	const lag = 50 * time.Millisecond
	days := []struct {
		what   string
		faults []flinktest.Fault
	}{
		{"a first launch", []flinktest.Fault{
			{Match: every(2, creates), Status: http.StatusConflict},
			{Match: every(4, writes), DropReply: true},
			{Match: every(7, anyones), Status: http.StatusInternalServerError},
			{Match: every(9, anyones), Status: http.StatusServiceUnavailable},
			{Match: every(2, anyones), Delay: lag},
		}},
		{"an upgrade", []flinktest.Fault{
			{Match: every(2, creates), DropReply: true}, // it is ours, and the next try is told that it is somebody's
			{Match: every(3, creates), Status: http.StatusConflict},
			{Match: every(8, anyones), DropReply: true},
			{Match: every(7, ours), Status: http.StatusServiceUnavailable},
			{Match: every(9, anyones), Status: http.StatusInternalServerError},
			{Match: anyones, Delay: lag},
		}},
	}
	for i, day := range days {
		for _, fault := range day.faults {
			proxy.Add(fault)
		}
		t.Log(day.what)
		if i > 0 {
			w.writeCount("task.cancellation.interval: 30001")
		}
		w.must("apply", "count.yaml")
		f.piece(i + 1)
		proxy.Clear()
		w.only(i + 1)
	}
	w.checkCounts(f)
	t.Logf("%d requests", len(proxy.Requests()))
}

// TestTwoAppliesAtOnceOnS3 starts two on one bucket: one deploys, the other leaves
// the job to it, or waits for it if it was told to.
func TestTwoAppliesAtOnceOnS3(t *testing.T) {
	s3 := flinktest.S3(t)
	w := newS3World(t, s3, "")
	f := newFeed(t, filepath.Join(w.dir, "in"), 1)
	w.writeCount("")
	w.must("init")
	w.must("local", "up")
	if codes := w.both("apply", "count.yaml"); codes[0] != 1 || codes[5] != 1 {
		t.Errorf("exit codes %v, want one 0 and one 5", codes)
	}
	w.only(1)
	w.writeCount("task.cancellation.interval: 30001")
	if codes := w.both("apply", "count.yaml", "--wait"); codes[0] != 2 {
		t.Errorf("exit codes %v of two that wait, want two 0", codes)
	}
	w.only(2)
	f.piece(0)
	w.checkCounts(f)
}
