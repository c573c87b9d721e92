#!/bin/bash
# usage: rootfs.sh FILE.tar
# The file system of the base image, without Flink: Debian (or Ubuntu) of this machine's
# release from this machine's own apt sources, a Java 17 runtime, and what the official
# image has besides. Nothing in it depends on where it was made.
# shellcheck disable=SC2016 # $(NAME) is for apt-get, $1 for the shell of a hook
set -euo pipefail
command -v mmdebstrap >/dev/null || { echo "missing program: mmdebstrap (a package of Debian and Ubuntu)" >&2; exit 1; }

# shellcheck source=/dev/null
. /etc/os-release
case $ID in
debian) origin=Debian mirror=http://deb.debian.org/debian ;;
ubuntu) origin=Ubuntu mirror=http://archive.ubuntu.com/ubuntu ;;
*) echo "the base image is made of Debian's packages, which needs Debian or Ubuntu; pull the official image instead, or set BASE_IMAGE" >&2; exit 1 ;;
esac
# Only the distribution's own; what else this machine is subscribed to is its own affair.
sources=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' "Origin: $origin" | sort -u)

# The user, and the names under which Flink's image has Java and jemalloc.
finish='set -e
chroot "$1" groupadd --system --gid=9999 flink
chroot "$1" useradd --system --key SYS_UID_MAX=9999 --uid=9999 --gid=flink --home-dir=/opt/flink flink
mkdir -p "$1/opt/java"
ln -s "$(cd "$1" && echo usr/lib/jvm/java-17-openjdk-* | sed "s|^|/|")" "$1/opt/java/openjdk"
for lib in "$1"/usr/lib/*-linux-gnu/libjemalloc.so.2; do ln -sf libjemalloc.so.2 "${lib%.2}"; done
rm -f "$1/etc/resolv.conf" "$1/etc/hostname" "$1"/var/log/*.log "$1"/etc/apt/sources.list.d/* "$1"/etc/apt/apt.conf.d/99mmdebstrap'
finish="$finish
echo 'deb $mirror $VERSION_CODENAME main' >\"\$1/etc/apt/sources.list\""

# Java's own packages want a desktop's libraries for fonts and printing; a server gets by
# with the headless ones. Manuals and translations stay out, licences stay.
mmdebstrap --quiet --variant=apt --skip=output/dev --hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr \
	--include=openjdk-17-jre-headless,ca-certificates,passwd,gettext-base,hostname,libjemalloc2,libsnappy1v5,procps \
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
	--essential-hook='mkdir -p "$1/usr/share/man/man1"' \
	--customize-hook="$finish" \
	"$VERSION_CODENAME" "$1" - <<<"$sources"
