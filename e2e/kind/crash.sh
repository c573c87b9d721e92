#!/bin/bash
# The worker dies with all its containers, and nobody is told. up.sh brings it back.
set -euo pipefail
# shellcheck source=env.sh
. "$(dirname "$0")/env.sh"
docker kill "$worker" >/dev/null
