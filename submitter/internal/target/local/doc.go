// Package local runs launches as processes on this machine, with no service of
// any kind.
//
// # Files
//
// Everything is below one directory, Root:
//
//	run/<cluster id>/launch.json      what was asked; created once, never changed
//	run/<cluster id>/status.json      what became of it; replaced as a whole
//	run/<cluster id>/supervisor.lock  held by the supervisor while it lives
//	run/<cluster id>/jobmanager.lock  held by the JobManager's processes while one lives
//	run/<cluster id>/conf/            Flink's configuration
//	run/<cluster id>/log/             logs and standard output of every process
//	run/<cluster id>/work/            what the driver localizes
//	run/<cluster id>/tmp/             Flink's temporary files
//	run/.locks/<cluster id>           held while a launch is started or removed
//	logs/<name>/<cluster id>/         logs of removed launches, the last few of a job
//	gateway/                          the SQL Gateway
//
// Secrets and port reservations are in memory, below /dev/shm/flink-sql-<uid>.
//
// # Processes
//
// A launch is one supervisor and its children: the JobManager's driver and those
// of the TaskManagers. The supervisor is a session of its own, so it outlives
// submitter, shell and terminal. It restarts TaskManagers, never the JobManager:
// a launch runs once.
//
// # Identity
//
// A number alone does not name a process, because numbers are used again. A
// process is its number, its start time and the machine's boot id; before a
// signal the three are compared behind an open pidfd, so that it can reach nobody
// else. Whether a JobManager lives is told by a lock as well: its file is
// inherited by everything that the JobManager's driver starts, and freed by the
// kernel when the last of these processes is gone.
package local
