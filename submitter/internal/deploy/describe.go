package deploy

import (
	"fmt"
	"path"
	"strings"

	"flink-sql-driver/submitter/internal/journal"
)

// Describe says for people what a savepoint or checkpoint is and whose, as far as the
// record knows: "checkpoint 17 of launch 3, s3://…".
func Describe(uri string, r *journal.Entry) string {
	what := "savepoint"
	if n, ok := strings.CutPrefix(path.Base(uri), "chk-"); ok {
		what = "checkpoint " + n
	}
	if r == nil {
		return what + ", " + uri
	}
	launches := r.Trusted
	for _, p := range []*journal.LaunchRef{r.Launch, launchOf(r.Previous)} {
		if p != nil {
			launches = append(launches[:len(launches):len(launches)], *p)
		}
	}
	for _, l := range launches {
		if strings.Contains(uri, "/"+l.JobID+"/") || strings.Contains(uri, "/"+savepointsOf(r.Name, l)) {
			return fmt.Sprintf("%s of launch %d, %s", what, l.Number, uri)
		}
	}
	return what + ", " + uri
}

// Wrote reports whether a launch wrote the savepoint or checkpoint at a key of the store.
func Wrote(name string, l journal.LaunchRef, key string) bool {
	for _, begins := range []string{savepointsOf(name, l), foreignSavepointsOf(name, l), fmt.Sprintf("checkpoints/%s/%d/%s/", name, l.QueryVersion, l.JobID)} {
		if strings.HasPrefix(key, begins) {
			return true
		}
	}
	return false
}

func launchOf(p *journal.Previous) *journal.LaunchRef {
	if p == nil {
		return nil
	}
	return &p.Launch
}

// Left is the savepoint that a stop left, or the checkpoint that counts in its place;
// empty for a record of anything else. It is Flink's URI.
func Left(r *journal.Entry) string {
	if r == nil || r.Action != journal.Suspend || r.Savepoint == nil {
		return ""
	}
	return r.Savepoint.Location
}
