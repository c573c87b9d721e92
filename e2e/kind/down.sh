#!/bin/bash
# Ends the cluster and removes what the tests left; kind itself stays.
set -euo pipefail
# shellcheck source=env.sh
. "$(dirname "$0")/env.sh"
if there; then kind_ delete cluster --name "$name" >&2; fi
rm -rf --one-file-system "$kubeconfig" "$shared"
