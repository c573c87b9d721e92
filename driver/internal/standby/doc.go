// Package standby keeps a started Flink waiting for its script. Flink's
// SqlDriver fetches the script over HTTP without a timeout, so a server that
// holds its answer holds the job, while JobManager and TaskManagers are up and
// registered already.
package standby
