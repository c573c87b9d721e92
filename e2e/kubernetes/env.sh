# shellcheck shell=bash disable=SC2034
# Paths and helpers of the scripts beside this one; sourced, not run.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${KUBE_ROOT:-/var/tmp/flink-sql-kube}
run=$root/run                      # everything a running cluster writes
kube=$run/kube                     # link to the binary that this cluster was started with
kubeconfig=$run/conf/admin.kubeconfig
node_ip=10.244.0.1                 # node, bridge, API server, DNS server and pod gateway in one

die() { echo "$*" >&2; exit 1; }
say() { printf '%4ds %s\n' "$SECONDS" "$*" >&2; }
ctr_() { ctr --address "$run/containerd.sock" -n k8s.io "$@"; }
k() { "$kube" kubectl --kubeconfig="$kubeconfig" "$@"; }

# alive PID: an ended process may stay a zombie for a while when process 1 reaps late
alive() { [ -d "/proc/$1" ] && ! grep -q '^State:.Z' "/proc/$1/status" 2>/dev/null; }

# of_this_boot: the processes and networks that $run tells of are there only until the machine is started again
of_this_boot() { [ "$(cat "$run/boot" 2>/dev/null)" = "$(cat /proc/sys/kernel/random/boot_id)" ]; }
