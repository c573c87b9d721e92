#!/bin/sh
# The tests need a Java compiler and Maven besides Go, and Go's race detector needs a
# C compiler. On Debian and Ubuntu root gets them from here; everybody else is told
# what is missing.
set -eu
missing=""
command -v javac >/dev/null || missing="$missing default-jdk-headless"
command -v mvn >/dev/null || missing="$missing maven"
command -v "${CC:-gcc}" >/dev/null || missing="$missing gcc libc6-dev"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -q
  # shellcheck disable=SC2086 # a list of packages
  DEBIAN_FRONTEND=noninteractive exec apt-get install -q -y --no-install-recommends $missing
fi
echo "the tests need:$missing (names of Debian's packages); install them and run again" >&2
exit 1
