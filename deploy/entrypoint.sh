#!/bin/sh
# What the image starts, as root: gives root up for the user `node`, in the group that owns the engine's socket where there is one. That
# group's number is the host's, and nobody knows it when the image is built.
set -eu
if [ "$(id -u)" -ne 0 ]; then exec "$@"; fi

socket=/var/run/docker.sock
group=node
if [ -S "$socket" ]; then group=$(stat -c %g "$socket"); fi
export HOME=/home/node
exec setpriv --reuid node --regid node --groups "$group" --no-new-privs -- "$@"
