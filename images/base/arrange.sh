#!/bin/bash
# usage: arrange.sh FLINK
# Turns a Flink distribution that submitter installed into what the official image has:
# processes that listen on all of the container's addresses, filesystems in opt/.
set -euo pipefail
cd "$1"
rm -rf .flink-sql.json log
mkdir log
sed -i -e 's/^\( *bind-host:\) localhost$/\1 0.0.0.0/' \
	-e '/^rest:/,/^[a-z]/s/^\( *\(bind-\)\?address:\) localhost$/\1 0.0.0.0/' \
	-e '/^taskmanager:/,/^[a-z]/{/^ *host: localhost$/d}' conf/config.yaml
for jar in plugins/flink-s3-fs-native/*.jar; do
	[ ! -f "$jar" ] || { mv "$jar" opt/ && rmdir plugins/flink-s3-fs-native; }
done
