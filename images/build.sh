#!/bin/bash
# usage: build.sh [base] [driver] [submitter]      (default: what is needed of them)
# Builds the images with docker where its engine answers, with buildah otherwise, and says
# nothing but their names if they are up to date. What is in each image goes into
# bin/sbom/NAME.cdx.json (CycloneDX). Environment:
#   VERSION        tag besides "dev", and what the programs say of themselves
#   IMAGE_PREFIX   default: localhost/flink-sql-driver
#   BASE_IMAGE     what the driver image is made from; default: the official Flink image
#                  with docker, our own base with buildah
#   FORCE          not empty: build even what is up to date
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.."
version=${VERSION:-dev}
prefix=${IMAGE_PREFIX:-localhost/flink-sql-driver}
inputs=org.flink-sql-driver.inputs # label: digest of all that an image is made from
java=17

die() { echo "images: $*" >&2; exit 1; }

# --- docker and buildah, as far as they differ
if docker info >/dev/null 2>&1; then
	engine=docker
	base=${BASE_IMAGE:-flink:2.3.0-scala_2.12-java$java}
elif command -v buildah >/dev/null; then
	engine=buildah
	base=${BASE_IMAGE:-$prefix/base:dev}
	export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot} # needs no rights beyond those to build
else
	die "neither a Docker engine nor buildah; on Debian: apt-get install buildah"
fi

label() { # IMAGE: its inputs, or nothing
	if [ $engine = docker ]; then
		docker image inspect -f "{{index .Config.Labels \"$inputs\"}}" "$1" 2>/dev/null || true
	else
		buildah inspect --type image -f "{{index .OCIv1.Config.Labels \"$inputs\"}}" "$1" 2>/dev/null || true
	fi
}
build() { # IMAGE CONTEXT [arguments...]
	local image=$1 context=$2
	shift 2
	if [ $engine = docker ]; then
		docker build --quiet -t "$image" "$@" "$context" >/dev/null
	else
		buildah build --quiet --format docker -t "$image" "$@" "$context" >/dev/null
	fi
}
tag() { $engine tag "$1" "$2"; }
id() {
	if [ $engine = docker ]; then
		docker image inspect -f '{{.Id}}' "$1" 2>/dev/null || true
	else
		buildah inspect --type image -f '{{.FromImageID}}' "$1" 2>/dev/null || true
	fi
}
# drop ID: an image that lost its last name to a new one; kept while it is in use
drop() {
	[ -z "$1" ] || $engine rmi "$1" >/dev/null 2>&1 || true
}
files() { # IMAGE: its file system as a tar archive
	local container
	if [ $engine = docker ]; then
		container=$(docker create "$1" none)
		docker export "$container"
		docker rm "$container" >/dev/null
	else
		container=$(buildah from --pull-never "$1")
		tar -C "$(buildah mount "$container")" -c .
		buildah rm "$container" >/dev/null
	fi
}

# --- one image after the other
digest() { sha256sum | cut -d' ' -f1; }

# image NAME DIGEST: builds NAME unless it is made from the same already. stage_NAME puts
# what it needs into the directory given.
image() {
	local name=$1 want=$2 context old
	if [ -n "${FORCE:-}" ] || [ "$(label "$prefix/$name:dev")" != "$want" ]; then
		echo "images: building $prefix/$name" >&2
		mkdir -p bin
		context=$(mktemp -d bin/image-"$name".XXXXXX)
		# shellcheck disable=SC2064 # this directory, not a later one
		trap "rm -rf '$PWD/$context'" EXIT
		cp "$here/$name/Dockerfile" "$context"
		"stage_$name" "$context"
		old=$(id "$prefix/$name:dev")
		build "$prefix/$name:dev" "$context" --label "$inputs=$want" --label "org.opencontainers.image.version=$version" "${build_args[@]}"
		rm -rf "$context"
		drop "$old"
		mkdir -p bin/sbom
		files "$prefix/$name:dev" | go run ./images/sbom "$prefix/$name" "$version" >"bin/sbom/$name.cdx.json"
	fi
	[ "$version" = dev ] || tag "$prefix/$name:dev" "$prefix/$name:$version"
	echo "$prefix/$name:$version"
}

# program NAME FILE [VERSION]: static, for this machine's kind of processor
program() {
	CGO_ENABLED=0 GOOS=linux go build -trimpath -buildvcs=false -tags disable_grpc_modules \
		-ldflags "-s -w -X flink-sql-driver/submitter/internal/cmd.Version=${3:-} -X main.version=${3:-}" -o "$2" "./$1"
}
# sources NAME: digest of a program apart from its version, which changes with every commit
sources() {
	mkdir -p bin/unversioned
	program "$1" "bin/unversioned/$1"
	digest <"bin/unversioned/$1"
}

stage_base() {
	local flink
	flink=$(flink_home)
	"$here/base/rootfs.sh" "$1/rootfs.tar" >bin/rootfs.log 2>&1 || die "base: $(tail -n 20 bin/rootfs.log)"
	cp "$here/base/docker-entrypoint.sh" "$1"
	cp -r --preserve=mode,timestamps "$flink" "$1/flink"
	"$here/base/arrange.sh" "$1/flink"
}
flink_home() {
	for name in submitter driver; do # it makes class archives with the driver
		[ -x "bin/$name" ] || program $name "bin/$name" "$version"
	done
	bin/submitter local install >&2
	bin/submitter local install --print
}
base_inputs() {
	cat "$here"/base/* "$(flink_home)/.flink-sql.json"
	apt-cache policy "openjdk-$java-jre-headless" libc6 openssl | grep Candidate # security updates
}

stage_driver() {
	program driver "$1/driver" "$version"
	program images/driver/standin "$1/standin"
	cp "$here"/driver/rehears* "$1"
}
driver_inputs() {
	cat "$here"/driver/{Dockerfile,rehears*,standin/{main,watch}.go}
	sources driver
	echo "$base"
	label "$base"
}

stage_submitter() {
	mkdir -p "$1"/root/{tmp,usr/local/bin,etc/ssl/certs}
	chmod 1777 "$1/root/tmp"
	program submitter "$1/root/usr/local/bin/submitter" "$version"
	cp "$(certificates)" "$1/root/etc/ssl/certs/ca-certificates.crt"
	echo "submitter:x:65532:65532::/tmp:/none" >"$1/root/etc/passwd"
}
certificates() {
	local file
	for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
		[ ! -f "$file" ] || { echo "$file"; return; }
	done
	die "no certificates of public authorities; install the package ca-certificates"
}
submitter_inputs() {
	cat "$here"/submitter/* "$(certificates)"
	sources submitter
}

if [ $# = 0 ]; then
	set -- driver submitter
	[ "$base" != "$prefix/base:dev" ] || set -- base "$@"
fi
for name; do
	build_args=()
	[ "$name" != driver ] || build_args=(--build-arg "BASE_IMAGE=$base")
	image "$name" "$("${name}_inputs" | digest)"
done
