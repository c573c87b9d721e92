#!/bin/bash
# usage: load-image.sh IMAGE
# Gives the cluster an image that docker has.
set -euo pipefail
# shellcheck source=env.sh
. "$(dirname "$0")/env.sh"
[ $# = 1 ] || die "usage: load-image.sh IMAGE"
kind_ load docker-image --name "$name" "$1"
