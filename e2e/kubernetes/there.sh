#!/bin/bash
# Is the cluster there already?
set -euo pipefail
# shellcheck source=env.sh
. "$(dirname "$0")/env.sh"
[ -d "$run" ]
