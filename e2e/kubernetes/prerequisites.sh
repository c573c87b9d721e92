#!/bin/sh
# What the one-node cluster, and images for it, need besides Go. On Debian and Ubuntu root gets it from
# here; everybody else is told what is missing.
set -eu
missing=""
need() { # PACKAGE PROGRAM...
	package=$1
	shift
	for program; do
		command -v "$program" >/dev/null && continue
		missing="$missing $package"
		return
	done
}
need containerd containerd ctr
need runc runc
need iptables iptables iptables-save
need iproute2 ip
need openssl openssl
need curl curl
need buildah buildah
need mmdebstrap mmdebstrap
[ -x "${CNI_BIN_DIR:-/usr/lib/cni}/bridge" ] || [ -x /opt/cni/bin/bridge ] || missing="$missing containernetworking-plugins"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	{
		apt-get update -q
		# shellcheck disable=SC2086 # a list of packages
		DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
	} >&2
	exit
fi
echo "the one-node Kubernetes needs:$missing (names of Debian's packages); install them and run again" >&2
exit 1
