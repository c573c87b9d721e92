package flink

import (
	"os"
	"path/filepath"
	"strings"
)

// maxTunedHeap is the largest JobManager heap, in bytes, that gets the serial
// collector and the quick compiler only. Such a JobManager coordinates; what its
// job computes runs on TaskManagers, whose JVMs are never tuned this way.
const maxTunedHeap = 1 << 30

// tuning returns flags that make a JVM start faster and leave its work alone:
// for a small JobManager a compiler and a collector that cost little to start,
// for every process a class archive if there is one. A choice of the user's own
// is left alone.
func tuning(role Role, heap int64, archiveDir string, userWords []string, env Env) []string {
	var flags []string
	chosen := strings.Join(append(userWords, env.Get("JAVA_TOOL_OPTIONS"), env.Get("JDK_JAVA_OPTIONS")), " ")
	if role == JobManager && heap <= maxTunedHeap {
		if !strings.Contains(chosen, "TieredStopAtLevel") && !strings.Contains(chosen, "TieredCompilation") && !strings.Contains(chosen, "-Xint") && !strings.Contains(chosen, "-Xcomp") {
			flags = append(flags, "-XX:TieredStopAtLevel=1")
		}
		if !choosesCollector(chosen) {
			flags = append(flags, "-XX:+UseSerialGC")
		}
	}
	archive := filepath.Join(archiveDir, string(role)+".jsa")
	if info, err := os.Stat(archive); archiveDir != "" && err == nil && info.Mode().IsRegular() && !strings.Contains(chosen, "SharedArchiveFile") {
		// auto: a JVM or class path that does not fit goes without, in silence.
		flags = append(flags, "-XX:SharedArchiveFile="+archive, "-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off", "-Xlog:class+path=off")
	}
	return flags
}

func choosesCollector(options string) bool {
	for _, w := range strings.Fields(options) {
		if strings.HasPrefix(w, "-XX:+Use") && strings.HasSuffix(w, "GC") {
			return true
		}
	}
	return false
}
