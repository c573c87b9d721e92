package kubernetes

import (
	"regexp"
	"strings"
	"time"

	"flink-sql-driver/submitter/internal/target/kubernetes/settings"
)

// soon is when a JobManager that runs has long since made its first TaskManager.
const soon = 8 * time.Second

// lacksTaskManagers reports whether Flink was to make TaskManagers by now and there is
// none. Why, it says in its log alone.
func (s snapshot) lacksTaskManagers() bool {
	since := s.jobManagerRuns()
	if since.IsZero() || time.Since(since) < soon || s.newest(taskManager) != nil || s.job == nil {
		return false
	}
	c, ok := clusterOf(s.job)
	return ok && c.settings.Mode == settings.Native
}

// refusedPod is what Flink logs of a pod that it could not make
// (KubernetesResourceManagerDriver); the message is the API server's.
var refusedPod = regexp.MustCompile(`Could not create pod \S+, exception: .*? Message: (.*?)\.? Received status: `)

// notMade says why Flink could make no TaskManager, from its JobManager's log.
func notMade(log string) (problem string, patient bool) {
	all := refusedPod.FindAllStringSubmatch(log, -1)
	if all == nil {
		return "", false
	}
	why := oneLine(all[len(all)-1][1])
	return "its JobManager cannot make TaskManagers: " + why, strings.Contains(why, quotaExceeded)
}
