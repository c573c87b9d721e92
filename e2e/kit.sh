#!/bin/sh
# Prints the directory of the kit that makes a Kubernetes on this machine: kind where a
# Docker engine answers, the one-node kit otherwise.
if docker info >/dev/null 2>&1; then
	echo "$(dirname "$0")/kind"
else
	echo "$(dirname "$0")/kubernetes"
fi
