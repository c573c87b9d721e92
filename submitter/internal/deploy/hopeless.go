package deploy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/flinkrest"
	"flink-sql-driver/submitter/internal/journal"
)

const (
	// repeats is how often a job may fail in the same way before nobody waits for it.
	repeats = 3
	// provenPatience is how long a release that was healthy once may do so: what it
	// needs may come up after it, as after a restart of all machines.
	provenPatience = time.Minute
)

// permanent are classes of root causes that come again with the same release, whatever
// is done about the world around it: its jars do not fit together, or to its state.
var permanent = []string{
	"ClassNotFoundException", "NoClassDefFoundError", "NoSuchMethodError", "NoSuchFieldError", "AbstractMethodError",
	"IncompatibleClassChangeError", "UnsupportedClassVersionError", "ClassFormatError", "VerifyError",
	"InvalidClassException", "StateMigrationException",
}

// passing are classes of root causes that tell of nothing that the job does: its cluster
// has no room yet, which upgrade.health-timeout is for.
var passing = []string{"NoResourceAvailableException"}

// hopeless says why nobody need wait any longer for a job that does not run; empty if it
// may come up yet. failures are its latest ones, the newest first.
func hopeless(failures []flinkrest.Failure, proven bool, waited time.Duration) string {
	if len(failures) == 0 {
		return ""
	}
	newest := failures[0]
	if isPermanent(newest) {
		return "it cannot run: " + newest.Cause
	}
	if slices.Contains(passing, newest.Class) || proven && waited < provenPatience {
		return ""
	}
	same := 0
	for _, f := range failures {
		if f.Site == newest.Site {
			same++
		}
	}
	if newest.Site == "" || same < repeats {
		return ""
	}
	return fmt.Sprintf("it failed %d times in the same way: %s", same, newest.Cause)
}

func isPermanent(f flinkrest.Failure) bool {
	// The first use of such a class failed in some other way, which may pass.
	uninitialized := strings.Contains(f.Cause, "Could not initialize class")
	return slices.Contains(permanent, f.Class) && !uninitialized
}

// proven reports whether e's release was healthy once.
func proven(e *journal.Entry) bool {
	return e.Good != nil && e.Good.Digest == e.Release.Digest
}
