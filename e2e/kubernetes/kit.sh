# shellcheck shell=bash
# What the stories have to know of this kit; sourced after up.sh.
export E2E_HOST E2E_BASE_IMAGE=localhost/flink-sql-driver/base:dev
E2E_HOST=$(. "$E2E_KIT/env.sh" && echo "$node_ip")
command -v kubectl >/dev/null || {
	export PATH=$PWD/bin/kubectl:$PATH
	mkdir -p bin/kubectl
	printf '#!/bin/sh\nexec "%s/run/kube" kubectl "$@"\n' "$(. "$E2E_KIT/env.sh" && echo "$root")" >bin/kubectl/kubectl
	chmod +x bin/kubectl/kubectl
}
