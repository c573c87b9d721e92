#!/bin/bash
# usage: kubernetes.sh [-run REGEXP | -bench REGEXP]
# The stories on a real Kubernetes: with KUBECONFIG on that cluster, otherwise on one on
# this machine, which is brought up (and left running: down.sh of its kit ends it): kind
# where a Docker engine answers, the one-node kit otherwise. With a cluster of your own:
#   E2E_IMAGE   the driver's image, which its nodes have
#   E2E_SUBMITTER_IMAGE   the submitter's, for the charts
#   E2E_HOST    an address of this machine that pods reach
# and the tests have to run on its only node, since they show pods a directory and kill
# their processes (as root). -bench needs E2E_BASE_IMAGE besides, a stock Flink image, with
# kind, too. What a failed story leaves is kept in E2E_KEEP (bin/e2e).
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${KUBECONFIG:-}" ]; then
	export E2E_KIT
	E2E_KIT=$PWD/$(e2e/kit.sh)
	KUBECONFIG=$("$E2E_KIT/up.sh")
	export KUBECONFIG
	images=$(images/build.sh)
	for image in $images; do
		"$E2E_KIT/load-image.sh" "${image%:*}:dev" >/dev/null
	done
	export E2E_IMAGE=localhost/flink-sql-driver/driver:dev E2E_SUBMITTER_IMAGE=localhost/flink-sql-driver/submitter:dev
	# shellcheck source=/dev/null
	. "$E2E_KIT/kit.sh"
fi
charts/helm.sh >/dev/null # builds it once
export E2E_KEEP=${E2E_KEEP:-$PWD/bin/e2e}
FLINK_HOME=$(bin/submitter local install --print)
export FLINK_HOME
if [ "${1:-}" = -bench ]; then
	exec go test -tags "kubernetes,disable_grpc_modules" -timeout 60m -run '^$' -bench "$2" -benchtime 1x ./e2e -pairs 5
fi
exec go test -tags "kubernetes,disable_grpc_modules" -count=1 -timeout 60m -run "${2:-Kubernetes|Chart}" ./e2e
