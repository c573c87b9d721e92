//go:build linux

package local

import (
	"strconv"
	"strings"
)

const (
	roleSupervisor = "supervisor"
	roleJobManager = "jobmanager"

	taskManagerPrefix = "taskmanager-"
)

func lastWordFile(role string) string { return role + ".last-word" }

func logFile(role string) string { return role + ".log" }

// outFile takes what a process prints, the job's own output among it.
func outFile(role string) string { return role + ".out" }

func roleTaskManager(n int) string { return taskManagerPrefix + strconv.Itoa(n) }

func isTaskManager(role string) bool { return strings.HasPrefix(role, taskManagerPrefix) }
