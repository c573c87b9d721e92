#!/bin/sh
# The tests need a Java compiler, Maven and a PostgreSQL server besides Go, and Go's race
# detector needs a C compiler. On Debian and Ubuntu root gets them from here; everybody else is told
# what is missing.
set -eu
missing=""
command -v javac >/dev/null || missing="$missing default-jdk-headless"
command -v mvn >/dev/null || missing="$missing maven"
command -v "${CC:-gcc}" >/dev/null || missing="$missing gcc libc6-dev"
# The server's programs are not in $PATH on Debian.
{ command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 || missing="$missing postgresql"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  # The tests start servers of their own: the package is not to make one.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
  fi
  apt-get update -q
  # shellcheck disable=SC2086 # a list of packages
  DEBIAN_FRONTEND=noninteractive exec apt-get install -q -y --no-install-recommends $missing
fi
echo "the tests need:$missing (names of Debian's packages); install them and run again" >&2
exit 1
