#!/bin/bash
# Builds Kubernetes and the sandbox image, and prints the directory that has them:
# kube and pause.tar. Built once for each version of these sources and of Go, and
# kept in the user's cache, so that a clean clone does not build it again.
set -euo pipefail
# shellcheck source=env.sh
. "$(dirname "$0")/env.sh"
command -v go >/dev/null || die "missing program: go (see $here/README.md)"
cd "$here"
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false GOWORK=off

key=$(cat go.mod go.sum kube/*.go pause/*.go build.sh <(go version) | sha256sum | cut -c1-16)
out=${XDG_CACHE_HOME:-$HOME/.cache}/flink-sql/kubernetes/$key
mkdir -p "$out"
exec 9>"$out/lock"
flock 9
if [ -x "$out/kube" ]; then
	echo "$out"
	exit
fi

# The sandbox image by hand, as a docker archive of one layer: no image tool and
# no registry needed.
pause_image() {
	local d
	d=$(mktemp -d "$out/pause.XXXXXX")
	go build -trimpath -ldflags '-s -w' -o "$d/pause" ./pause
	tar -C "$d" --owner=0 --group=0 --mtime=@0 -cf "$d/layer.tar" pause
	printf '{"architecture":"%s","os":"linux","config":{"Entrypoint":["/pause"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
		"$(go env GOARCH)" "$(sha256sum "$d/layer.tar" | cut -d' ' -f1)" >"$d/config.json"
	printf '[{"Config":"config.json","RepoTags":["localhost/pause:1"],"Layers":["layer.tar"]}]' >"$d/manifest.json"
	tar -C "$d" -cf "$out/pause.tar" manifest.json config.json layer.tar
	rm -rf "$d"
}

say "building Kubernetes; the first time this takes 5 to 10 minutes"
version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
minor=${version#v1.}
flags="-s -w"
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
	flags="$flags -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*} -X $package.gitTreeState=clean"
done
pause_image
go build -trimpath -tags=grpcnotrace -ldflags "$flags" -o "$out/kube.new" ./kube >&2
mv "$out/kube.new" "$out/kube"
say "built: $out"
echo "$out"
