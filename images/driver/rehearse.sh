#!/bin/bash
# usage: rehearse.sh DIR
# Runs a small job once on a JobManager and a TaskManager that the driver starts, and has
# both JVMs write down the classes that they loaded: DIR/jobmanager.jsa, DIR/taskmanager.jsa.
# A JVM takes an archive only if class path and flags are those of the rehearsal, so
# everything that decides about them is left to the driver.
set -euo pipefail
patience=300 # seconds; a slow machine needs 60
out=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
mkdir -p "$out"
export FLINK_LOG_DIR=$work/log FLINK_PID_DIR=$work HOSTNAME=localhost
echo '{"version":1,"run":{"plan":{}}}' >"$work/config.json"

options() {
	local local_only=(jobmanager.rpc.address jobmanager.bind-host rest.address rest.bind-address taskmanager.host taskmanager.bind-host)
	local key
	for key in "${local_only[@]}"; do echo "$key=127.0.0.1"; done
	cat <<END
taskmanager.resource-id=rehearsal
\$internal.sql-gateway.driver.json-plan=file://$here/rehearsal.json
\$internal.sql-gateway.driver.sql-config=file://$work/config.json
sql-driver.work-dir=$work/resources
sql-driver.private-dir=$work/private
sql-driver.termination-log=$work/last-word
execution.checkpointing.interval=500 ms
execution.checkpointing.dir=file://$work/checkpoints
END
}
args=()
while IFS= read -r option; do args+=(-D "$option"); done < <(options)

failed() {
	echo "rehearse.sh: $1; the ends of the logs:" >&2
	for log in "$work"/*.out; do grep -v '\[cds\]' "$log" | tail -n 40 >&2; done
	kill "$jm" "$tm" 2>/dev/null
	exit 1
}
FLINK_ENV_JAVA_OPTS_JM=-XX:ArchiveClassesAtExit=$out/jobmanager.jsa driver standalone-job "${args[@]}" >"$work/jobmanager.out" 2>&1 &
jm=$!
FLINK_ENV_JAVA_OPTS_TM=-XX:ArchiveClassesAtExit=$out/taskmanager.jsa driver taskmanager "${args[@]}" >"$work/taskmanager.out" 2>&1 &
tm=$!
sleep "$patience" &
wait -n -p first "$jm" "$tm" $! || failed "a process ended early"
[ "$first" = "$jm" ] || failed "the job did not finish in $patience s" # the JobManager ends with it
kill $! "$tm"
wait "$tm" || true # 143
[ -s "$out/jobmanager.jsa" ] || failed "no archive of the JobManager"
[ -s "$out/taskmanager.jsa" ] || failed "no archive of the TaskManager"
rm -rf "$work"
