#!/bin/bash
# usage: rehearse.sh DIR
# Runs a small job once on a JobManager and a TaskManager that the driver starts as in
# native Kubernetes mode, and has both JVMs write down the classes that they loaded:
# DIR/jobmanager.jsa, DIR/taskmanager.jsa. Other modes load nearly all of them, too.
# A JVM takes an archive only if class path and flags are those of the rehearsal, so
# everything that decides about them is left to the driver.
set -euo pipefail
patience=180 # seconds; a slow machine needs 60
out=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
mkdir -p "$out"
echo '{"version":1,"run":{"plan":{}}}' >"$work/config.json"
# free_port prints one on which nobody listens: builds without a network of their own share
# that of the machine, with others that may be built at the same time.
free_port() {
	local port
	while port=$((20000 + RANDOM % 10000)); (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
	echo "$port"
}
export FLINK_LOG_DIR=$work/log FLINK_PID_DIR=$work HOSTNAME=localhost
export FLINK_PROPERTIES="\
\$internal.sql-gateway.driver.json-plan: file://$here/rehearsal.json
\$internal.sql-gateway.driver.sql-config: file://$work/config.json
sql-driver.work-dir: $work/resources
sql-driver.private-dir: $work/private
sql-driver.termination-log: $work/last-word
kubernetes.cluster-id: rehearsal
kubernetes.config.file: $work/kubeconfig
kubernetes.container.image.ref: none
kubernetes.entry.path: /usr/local/bin/driver
jobmanager.rpc.address: 127.0.0.1
jobmanager.bind-host: 127.0.0.1
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.rpc.port: $(free_port)
jobmanager.rpc.port: $(free_port)
blob.server.port: $(free_port)
rest.port: $(free_port)
execution.checkpointing.interval: 500ms
execution.checkpointing.dir: file://$work/checkpoints"

failed() {
	echo "rehearse.sh: $1; the ends of the logs:" >&2
	for log in "$work"/*.out; do grep -v '\[cds\]' "$log" | tail -n 40 >&2; done
	kill "$jm" "$pods" 2>/dev/null
	exit 1
}
FLINK_ENV_JAVA_OPTS_TM=-XX:ArchiveClassesAtExit=$out/taskmanager.jsa "$here/standin" "$work/kubeconfig" >"$work/taskmanager.out" 2>&1 &
pods=$!
until [ -f "$work/kubeconfig" ]; do sleep 0.1; done
FLINK_ENV_JAVA_OPTS_JM=-XX:ArchiveClassesAtExit=$out/jobmanager.jsa driver kubernetes-application >"$work/jobmanager.out" 2>&1 &
jm=$!
sleep "$patience" &
wait -n -p first "$jm" "$pods" $! || failed "a process ended early"
[ "$first" = "$jm" ] || failed "the job did not finish in $patience s" # the JobManager ends with it
kill $! "$pods"
wait "$pods" || failed "the TaskManager did not end"
[ -s "$out/jobmanager.jsa" ] || failed "no archive of the JobManager"
[ -s "$out/taskmanager.jsa" ] || failed "no archive of the TaskManager"
rm -rf "$work"
