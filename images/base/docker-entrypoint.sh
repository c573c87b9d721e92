#!/bin/bash
# The entrypoint of an image with Flink: what users and tools know of the official one.
#
#   docker-entrypoint.sh jobmanager|standalone-job|taskmanager|history-server [args...]
#   docker-entrypoint.sh help
#   docker-entrypoint.sh PROGRAM [args...]     is executed as it is
#
# Environment:
#   JOB_MANAGER_RPC_ADDRESS              jobmanager.rpc.address; default: this host's name
#   TASK_MANAGER_NUMBER_OF_TASK_SLOTS    taskmanager.numberOfTaskSlots
#   FLINK_PROPERTIES                     lines "key: value"; ${NAME} in values is filled in
#   ENABLE_BUILT_IN_PLUGINS              jars of opt/ to make plugins of, separated by ;
#   DISABLE_JEMALLOC                     true: allocate memory with the C library
#
# Where the conf directory cannot be written (a ConfigMap, a read-only image) the options
# above go into a copy of it, and what is in it wins over their defaults.
set -euo pipefail

home=${FLINK_HOME:-/opt/flink}
conf=${FLINK_CONF_DIR:-$home/conf}

die() {
	echo "docker-entrypoint.sh: $*" >&2
	exit 1
}

# run PROGRAM [args...] in place of this shell, as the user flink if this is root.
run() {
	[ "$(id -u)" = 0 ] || exec "$@"
	export HOME=$home
	exec setpriv --reuid=flink --regid=flink --init-groups -- "$@"
}

use_jemalloc() {
	[ "${DISABLE_JEMALLOC:-false}" = false ] || return 0
	local library
	library=/usr/lib/$(uname -m)-linux-gnu/libjemalloc.so
	if [ -f "$library" ]; then
		export LD_PRELOAD=${LD_PRELOAD:+$LD_PRELOAD:}$library
	else
		echo "docker-entrypoint.sh: no jemalloc in $library, so memory may fragment" >&2
	fi
}

enable_plugins() {
	local jar dir list=${ENABLE_BUILT_IN_PLUGINS:-}
	for jar in ${list//;/ }; do
		[ "$jar" = "${jar##*/}" ] || die "ENABLE_BUILT_IN_PLUGINS: $jar is not the name of a jar in $home/opt"
		[ -f "$home/opt/$jar" ] || die "ENABLE_BUILT_IN_PLUGINS: no $jar in $home/opt"
		dir=$home/plugins/${jar%.jar}
		{ mkdir -p "$dir" && ln -sf "$home/opt/$jar" "$dir/"; } || die "ENABLE_BUILT_IN_PLUGINS: cannot write $dir"
	done
}

trim() {
	local text=$1
	text=${text#"${text%%[![:space:]]*}"}
	printf %s "${text%"${text##*[![:space:]]}"}"
}

options=() # -Dkey=value, the last of one key wins

read_environment() {
	local line key value
	if [ -n "${JOB_MANAGER_RPC_ADDRESS:-}" ]; then
		options+=("-Djobmanager.rpc.address=$JOB_MANAGER_RPC_ADDRESS")
	fi
	if [ -n "${TASK_MANAGER_NUMBER_OF_TASK_SLOTS:-}" ]; then
		options+=("-Dtaskmanager.numberOfTaskSlots=$TASK_MANAGER_NUMBER_OF_TASK_SLOTS")
	fi
	while IFS= read -r line; do
		line=$(trim "$line")
		case $line in '' | '#'*) continue ;; esac
		case $line in *:*) ;; *) die "FLINK_PROPERTIES: \"$line\" is not \"key: value\"" ;; esac
		key=$(trim "${line%%:*}") value=$(trim "${line#*:}")
		options+=("-D$key=$(envsubst <<<"$value")")
	done <<<"${FLINK_PROPERTIES:-}"
}

configure() {
	read_environment
	if [ -w "$conf" ] && [ -w "$conf/config.yaml" ]; then
		# Defaults come first, so that the environment wins.
		options=("-Djobmanager.rpc.address=$(hostname -f 2>/dev/null || hostname)" \
			-Dblob.server.port=6124 -Dquery.server.port=6125 ${options[@]+"${options[@]}"})
	elif [ ${#options[@]} = 0 ]; then
		return
	else
		local copy
		copy=$(mktemp -d "${TMPDIR:-/tmp}/flink-conf.XXXXXX") || die "neither $conf nor a temporary directory can be written"
		cp -rL "$conf/." "$copy"
		chmod -R u+w,a+rX "$copy"
		[ "$(id -u)" != 0 ] || chown -R flink: "$copy"
		conf=$copy
		export FLINK_CONF_DIR=$conf
	fi
	"$home/bin/config-parser-utils.sh" "$conf" "$home/bin" "$home/lib" "${options[@]}" || die "the options above were not written to $conf/config.yaml"
}

usage() {
	sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
}

if [ $# = 0 ] || [ "$1" = help ]; then
	usage
	exit
fi
use_jemalloc
enable_plugins
configure
command=$1
case $command in
jobmanager | standalone-job | taskmanager) script=$command.sh ;;
history-server) script=historyserver.sh ;;
*) run "$@" ;;
esac
shift
echo "Starting $command" >&2
run "$home/bin/$script" start-foreground "$@"
