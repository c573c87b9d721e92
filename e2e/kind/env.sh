# shellcheck shell=bash disable=SC2034
# Names and paths of the scripts beside this one; sourced, not run.
version=v0.33.0
name=flink-sql
dir=${XDG_CACHE_HOME:-$HOME/.cache}/flink-sql/kind
kubeconfig=$dir/kubeconfig
worker=$name-worker # where the jobs run; what kind calls it
shared=$dir/tmp     # shown to the worker at the same path: what tests write is read by pods

die() { echo "$*" >&2; exit 1; }
kind_() { "$dir/$version/kind" "$@"; }
there() { [ -x "$dir/$version/kind" ] && kind_ get clusters 2>/dev/null | grep -qx "$name"; }
