#!/bin/bash
# Starts a cluster of a control plane and one worker in Docker (kind) and prints the path
# of its kubeconfig. Safe to repeat; a worker that crash.sh ended comes back.
set -euo pipefail
# shellcheck source=env.sh
. "$(dirname "$0")/env.sh"
command -v kubectl >/dev/null || die "the tests on kind need kubectl; install it and run again"
mkdir -p "$shared" "$dir/$version"
exec 9>"$dir/lock"
flock 9
[ -x "$dir/$version/kind" ] || GOFLAGS='' GOBIN=$dir/$version go install "sigs.k8s.io/kind@$version" >&2
if there; then
	docker start "$worker" >/dev/null
	kind_ export kubeconfig --name "$name" --kubeconfig "$kubeconfig" >&2
else
	kind_ create cluster --name "$name" --kubeconfig "$kubeconfig" --wait 180s --config /dev/stdin >&2 9>&- <<END
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
  - role: control-plane
  - role: worker
    extraMounts: [{hostPath: "$shared", containerPath: "$shared"}]
END
fi
kubectl --kubeconfig "$kubeconfig" wait --for=condition=Ready "node/$worker" --timeout=180s >&2
echo "$kubeconfig"
