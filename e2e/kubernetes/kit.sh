# shellcheck shell=bash
# What the stories have to know of this kit; sourced after up.sh.
export E2E_HOST=10.244.0.1 E2E_BASE_IMAGE=localhost/flink-sql-driver/base:dev
command -v kubectl >/dev/null || {
	export PATH=$PWD/bin/kubectl:$PATH
	mkdir -p bin/kubectl
	printf '#!/bin/sh\nexec "%s/run/kube" kubectl "$@"\n' "${KUBE_ROOT:-/var/tmp/flink-sql-kube}" >bin/kubectl/kubectl
	chmod +x bin/kubectl/kubectl
}
