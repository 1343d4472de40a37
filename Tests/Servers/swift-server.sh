#!/usr/bin/env bash
# A second real S3 server that nobody here wrote: OpenStack Swift with its s3api, on loopback only. It is strict about signatures, has versions
# and no object lock, and does not keep its word about conditions when rivals come within the same moment.
#   swift-server.sh start DIR PID VENV   starts it in the empty directory DIR and prints NAME=VALUE lines; it ends, and DIR goes, with process PID.
#                                        VENV is a Python environment with swift in it (scripts/install-dependencies.sh --for-tests)
#   swift-server.sh stop DIR
# Swift is under the Apache licence; its programs run unmodified as processes of their own. Objects are files with user xattrs below DIR.
set -euo pipefail
verb=$1 dir=$(cd "$2" && pwd)
parts=(account container object proxy)
fail() { echo "swift-server: $*" >&2; tail -n 5 "$dir"/log/* >&2 2>/dev/null || true; exit 1; }

pid_of() { # of a server, if the number in its file is still that of ours
    local pid
    pid=$(cat "$dir/run/$1.pid" 2>/dev/null) || return 1
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$dir/etc/$1.conf" && echo "$pid"
}
stop() {
    local part pid
    for part in "${parts[@]}"; do
        if pid=$(pid_of "$part"); then kill -9 "$pid" 2>/dev/null || true; fi
    done
}
free_ports() {
    python3 -c 'import socket
sockets = [socket.socket() for _ in range(4)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))'
}

backend() { # its name, its port
    cat >"$dir/etc/$1.conf" <<END
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $2
workers = 0
user = $(id -un)
swift_dir = $dir/etc
devices = $dir/data
mount_check = false
log_level = WARNING
[pipeline:main]
pipeline = $1-server
[app:$1-server]
use = egg:swift#$1
END
    (
        cd "$dir/etc"
        "$venv/bin/swift-ring-builder" "$1.builder" create 4 1 0
        "$venv/bin/swift-ring-builder" "$1.builder" add --region 1 --zone 1 --ip 127.0.0.1 --port "$2" --device disk --weight 1
        # 1 is its word for a warning.
        "$venv/bin/swift-ring-builder" "$1.builder" rebalance || [ $? -eq 1 ]
    ) >>"$dir/log/rings" 2>&1
}

proxy() { # its port
    local middle
    cat >"$dir/etc/swift.conf" <<END
[swift-hash]
swift_hash_path_prefix = tests
swift_hash_path_suffix = tests
[storage-policy:0]
name = only
default = yes
[swift-constraints]
max_header_size = 16384
END
    cat >"$dir/etc/proxy.conf" <<END
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $1
workers = 0
user = $(id -un)
swift_dir = $dir/etc
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck proxy-logging listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# A busy machine is not a broken one: otherwise it answers 503 after half a second.
conn_timeout = 20
node_timeout = 60
recoverable_node_timeout = 60
[filter:s3api]
use = egg:swift#s3api
location = $region
[filter:tempauth]
use = egg:swift#tempauth
user_tests_owner = $secret .admin
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:proxy-logging]
use = egg:swift#proxy_logging
END
    for middle in catch_errors gatekeeper healthcheck listing_formats bulk copy slo dlo symlink; do
        printf '[filter:%s]\nuse = egg:swift#%s\n' $middle $middle
    done >>"$dir/etc/proxy.conf"
}

start() {
    local parent=$1 venv=$2 port account container object part i region=test-2 secret
    # What the caller has open is none of a server's business.
    for i in /proc/$$/fd/*; do i=${i##*/}; [ "$i" -le 2 ] || [ "$i" -eq 255 ] || eval "exec $i>&-" 2>/dev/null || true; done
    [ -x "$venv/bin/swift-proxy-server" ] || fail "there is no Swift in $venv"
    mkdir -p "$dir"/{etc,data/disk,run,log}
    # Whatever becomes of this script and of its caller, nothing stays.
    setsid "$0" watch "$dir" "$parent" >/dev/null 2>&1 </dev/null &
    read -r port account container object <<<"$(free_ports)"
    secret=$(head -c 200 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | head -c 40)
    backend account "$account"
    backend container "$container"
    backend object "$object"
    proxy "$port"
    for part in "${parts[@]}"; do
        setsid "$venv/bin/swift-$part-server" "$dir/etc/$part.conf" </dev/null >>"$dir/log/$part" 2>&1 &
        echo $! >"$dir/run/$part.pid"
    done
    for ((i = 0; i < 300; i++)); do
        [ "$(curl -s -m 2 "http://127.0.0.1:$port/healthcheck")" != OK ] || break
        sleep 0.1
    done
    [ $i -lt 300 ] || fail "it does not answer"
    cat <<END
endpoint=http://127.0.0.1:$port
region=$region
access=tests:owner
secret=$secret
END
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
