//go:build linux

package local

import (
	"strings"
	"testing"

	"flink-sql-driver/submitter/internal/target"
)

// TestJudgeOfTheDying: a JobManager that was killed has its lock until the kernel has ended
// it. That is neither a launch that runs, nor proof of its end.
func TestJudgeOfTheDying(t *testing.T) {
	jm := &child{process: process{PID: 7}}
	for name, v := range map[string]view{
		"nobody looks after it":   {known: true, place: here, jobManagerAlive: true, jobManagerEnding: true, status: status{JobManager: jm}},
		"its supervisor is there": {known: true, place: here, supervised: true, jobManagerAlive: true, jobManagerEnding: true, status: status{JobManager: jm}},
	} {
		if o := v.judge(); o.Condition != target.Unknown || o.Unattended || !strings.Contains(o.Proof, "process 7") {
			t.Errorf("%s: %+v", name, o)
		}
	}
}
