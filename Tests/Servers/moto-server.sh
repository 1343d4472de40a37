#!/usr/bin/env bash
# An emulator of S3 that nobody here wrote: moto, on loopback, in memory. It checks no signature and hardly a checksum; tests use it for what
# real servers here have not: conditional writes in versioned buckets, and access logs that are delivered into a bucket.
#   moto-server.sh start DIR PID VENV   starts it in the empty directory DIR and prints NAME=VALUE lines; it ends, and DIR goes, with process PID.
#                                       VENV is a Python environment with moto in it (scripts/install-dependencies.sh --for-tests)
#   moto-server.sh stop DIR
# moto is under the Apache licence and runs unmodified as a process of its own.
set -euo pipefail
verb=$1 dir=$(cd "$2" && pwd)
fail() { echo "moto-server: $*" >&2; tail -n 5 "$dir/log" >&2 2>/dev/null || true; exit 1; }

stop() {
    local pid
    pid=$(cat "$dir/pid" 2>/dev/null) || return 0
    # Only if the number is still that of ours.
    ! tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF moto_server || kill -9 "$pid" 2>/dev/null || true
}

start() {
    local parent=$1 venv=$2 i port
    # What the caller has open is none of a server's business.
    for i in /proc/$$/fd/*; do i=${i##*/}; [ "$i" -le 2 ] || [ "$i" -eq 255 ] || eval "exec $i>&-" 2>/dev/null || true; done
    [ -x "$venv/bin/moto_server" ] || fail "there is no moto in $venv"
    # Whatever becomes of this script and of its caller, nothing stays.
    setsid "$0" watch "$dir" "$parent" >/dev/null 2>&1 </dev/null &
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    setsid "$venv/bin/moto_server" -H 127.0.0.1 -p "$port" </dev/null >>"$dir/log" 2>&1 &
    echo $! >"$dir/pid"
    for ((i = 0; i < 300; i++)); do
        ! curl -s -o /dev/null -m 2 "http://127.0.0.1:$port/moto-api/" || break
        sleep 0.1
    done
    [ $i -lt 300 ] || fail "it does not answer"
    echo "endpoint=http://127.0.0.1:$port"
}

case $verb in
start) start "$3" "$4" ;;
stop) stop ;;
watch)
    while kill -0 "$3" 2>/dev/null; do sleep 1; done
    stop
    rm -rf "$dir"
    ;;
*) fail "no verb $verb" ;;
esac
