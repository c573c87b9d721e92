# shellcheck shell=bash
# What the stories have to know of this kit; sourced after up.sh.
export E2E_HOST TMPDIR
E2E_HOST=$(docker network inspect kind -f '{{range .IPAM.Config}}{{println .Gateway}}{{end}}' | grep -m1 '\.')
TMPDIR=$(. "$E2E_KIT/env.sh" && echo "$shared")
