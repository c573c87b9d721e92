#!/bin/bash
# usage: kubernetes.sh [-run REGEXP | -bench REGEXP]
# The stories on a real Kubernetes: with KUBECONFIG on that cluster, otherwise on a
# one-node cluster on this machine, which is brought up (and left running: down.sh ends
# it). With a cluster of your own:
#   E2E_IMAGE   the driver's image, which its nodes have; for -bench E2E_BASE_IMAGE, too
#   E2E_SUBMITTER_IMAGE   the submitter's, for the charts
#   E2E_HOST    an address of this machine that pods reach
# and the tests have to run on its only node, since they show pods a directory and kill
# their processes. What a failed story leaves is kept in E2E_KEEP (bin/e2e).
set -euo pipefail
cd "$(dirname "$0")/.."
image=localhost/flink-sql-driver/driver:dev

if [ -z "${KUBECONFIG:-}" ]; then
	e2e/kubernetes/prerequisites.sh
	KUBECONFIG=$(e2e/kubernetes/up.sh)
	export KUBECONFIG
	images/build.sh
	for name in base driver submitter; do
		e2e/kubernetes/load-image.sh "localhost/flink-sql-driver/$name:dev" >/dev/null
	done
	export E2E_KIT=$PWD/e2e/kubernetes E2E_IMAGE=$image E2E_BASE_IMAGE=localhost/flink-sql-driver/base:dev \
		E2E_SUBMITTER_IMAGE=localhost/flink-sql-driver/submitter:dev E2E_HOST=10.244.0.1
	command -v kubectl >/dev/null || {
		export PATH=$PWD/bin/kubectl:$PATH
		mkdir -p bin/kubectl
		printf '#!/bin/sh\nexec /var/tmp/flink-sql-kube/run/kube kubectl "$@"\n' >bin/kubectl/kubectl
		chmod +x bin/kubectl/kubectl
	}
fi
charts/helm.sh >/dev/null # builds it once
export E2E_KEEP=${E2E_KEEP:-$PWD/bin/e2e}
FLINK_HOME=$(bin/submitter local install --print)
export FLINK_HOME
if [ "${1:-}" = -bench ]; then
	exec go test -tags "kubernetes,disable_grpc_modules" -timeout 60m -run '^$' -bench "$2" -benchtime 1x ./e2e -pairs 5
fi
exec go test -tags "kubernetes,disable_grpc_modules" -count=1 -timeout 60m -run "${2:-Kubernetes|Chart}" ./e2e
