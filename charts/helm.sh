#!/bin/bash
# usage: helm.sh        prints the path of the helm that the charts are tested with
# It is built from its Go module once (some minutes) and kept in the cache; $HELM, if set, is taken instead.
set -euo pipefail
version=v3.22.0
module=helm.sh/helm/v3
# What helm takes a cluster for when it renders without one; its own build sets that too.
for="-X $module/pkg/chartutil.k8sVersionMajor=1 -X $module/pkg/chartutil.k8sVersionMinor=34"
if [ -n "${HELM:-}" ]; then
	command -v "$HELM" || { echo "helm.sh: HELM=$HELM is no program" >&2; exit 1; }
	exit
fi
dir=${XDG_CACHE_HOME:-$HOME/.cache}/flink-sql/helm/$version
if [ ! -x "$dir/helm" ]; then
	mkdir -p "$dir"
	exec 9>"$dir/lock"
	flock 9
	if [ ! -x "$dir/helm" ]; then
		echo "helm.sh: building helm $version" >&2
		temp=$(mktemp -d "$dir/build.XXXXXX")
		trap 'rm -rf "$temp"' EXIT
		(cd "$temp" && GOFLAGS='' GOBIN=$temp CGO_ENABLED=0 go install -ldflags "-s -w -X $module/internal/version.version=$version $for" "$module/cmd/helm@$version")
		mv "$temp/helm" "$dir/helm"
	fi
fi
echo "$dir/helm"
