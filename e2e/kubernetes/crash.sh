#!/bin/bash
# The node dies: its kubelet and every container are killed at once, and nobody is told.
# The control plane lives on and misses the node's heartbeats. up.sh brings the node back.
set -uo pipefail
# shellcheck source=env.sh
. "$(dirname "$0")/env.sh"
[ -S "$run/containerd.sock" ] || die "the cluster is not up (up.sh)"
kill -9 "$(cat "$run/pid/kubelet")" || die "the kubelet does not run"
rm -f "$run/pid/kubelet"
for t in $(ctr_ tasks ls -q); do ctr_ tasks kill -a -s SIGKILL "$t" & done
wait
