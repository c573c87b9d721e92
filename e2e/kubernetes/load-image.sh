#!/bin/bash
# usage: load-image.sh ARCHIVE.tar | IMAGE
# Gives the cluster an image: a docker archive, or the name of an image that docker or buildah has.
set -euo pipefail
# shellcheck source=env.sh
. "$(dirname "$0")/env.sh"
[ $# = 1 ] || die "usage: load-image.sh ARCHIVE.tar | IMAGE"
[ -S "$run/containerd.sock" ] || die "the cluster is not up (up.sh)"
archive=$1
if [ ! -f "$archive" ]; then
	archive=$(mktemp -u "$root/image.XXXXXX.tar")
	trap 'rm -f "$archive"' EXIT
	if docker image inspect "$1" >/dev/null 2>&1; then
		docker save -o "$archive" "$1"
	else # uncompressed layers: gzip costs more than the disk space
		buildah push --quiet --disable-compression "$1" "docker-archive:$archive:$1"
	fi
fi
ctr_ images import "$archive"
