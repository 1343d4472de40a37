#!/usr/bin/env bash
# A real SSH server that nobody here wrote, for tests: OpenSSH's sshd with its SFTP, on loopback only, with keys of its own.
#   ssh-server.sh start DIR PID   starts it in the empty directory DIR and prints NAME=VALUE lines; it ends, and DIR goes, with process PID
#   ssh-server.sh cut DIR         breaks every connection; new ones can be made
#   ssh-server.sh down|up DIR     nothing listens any more; it listens again
#   ssh-server.sh stop DIR
# It lets in whoever runs it, by key only. The package's own daemon has nothing to do with it and need not run.
set -euo pipefail
verb=$1 dir=$(cd "$2" && pwd)
sshd=$(command -v sshd || echo /usr/sbin/sshd)
fail() { echo "ssh-server: $*" >&2; tail -n 5 "$dir"/log >&2 2>/dev/null || true; exit 1; }

listener() { # the number of the process, if it is still ours
    local pid
    pid=$(cat "$dir/pid" 2>/dev/null) || return 1
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "$dir/sshd_config" && echo "$pid"
}
below() { # all processes below one
    local child
    for child in $(pgrep -P "$1" || true); do below "$child"; echo "$child"; done
}
cut_all() { local pid; pid=$(listener) || return 0; below "$pid" | xargs -r kill -9 2>/dev/null || true; }
down() {
    local pid
    pid=$(listener) || return 0
    cut_all
    kill -9 "$pid" 2>/dev/null || true
    for ((i = 0; i < 100; i++)); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.02; done
}
up() {
    # In the foreground of a session of its own: the number is the listener's.
    setsid "$sshd" -D -f "$dir/sshd_config" -E "$dir/log" </dev/null >/dev/null 2>&1 &
    echo $! >"$dir/pid"
    for ((i = 0; i < 200; i++)); do
        (exec 3<>"/dev/tcp/127.0.0.1/$(cat "$dir/port")") 2>/dev/null && return 0
        sleep 0.05
    done
    fail "nothing listens"
}

start() {
    local parent=$1 port
    for i in /proc/$$/fd/*; do i=${i##*/}; [ "$i" -le 2 ] || [ "$i" -eq 255 ] || eval "exec $i>&-" 2>/dev/null || true; done
    setsid "$0" watch "$dir" "$parent" >/dev/null 2>&1 </dev/null &
    # Root's sshd wants an empty directory for those who are not logged in yet.
    [ "$(id -u)" -ne 0 ] || mkdir -p -m 755 /run/sshd
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    echo "$port" >"$dir/port"
    for name in host other client stranger; do ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$dir/$name"; done
    cp "$dir/client.pub" "$dir/authorized_keys"
    cat >"$dir/sshd_config" <<END
ListenAddress 127.0.0.1:$port
HostKey $dir/host
AuthorizedKeysFile $dir/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
Subsystem sftp internal-sftp
END
    hosts() { printf '[127.0.0.1]:%s %s\n' "$port" "$(cut -d ' ' -f 1,2 "$1.pub")" >"$2"; }
    hosts "$dir/host" "$dir/known"
    hosts "$dir/other" "$dir/changed"
    : >"$dir/unknown"
    client() { # NAME KEY HOSTS
        cat >"$dir/$1.conf" <<END
Host store
    HostName 127.0.0.1
    Port $port
    IdentityFile $dir/$2
    IdentitiesOnly yes
    UserKnownHostsFile $dir/$3
    GlobalKnownHostsFile none
END
    }
    client good client known
    client foreign stranger known
    client unknown client unknown
    client changed client changed
    up
    echo "folder=$dir"
    echo "port=$port"
}

case $verb in
start) start "$3" ;;
cut) cut_all ;;
down) down ;;
up) up ;;
stop) down ;;
watch)
    while kill -0 "$3" 2>/dev/null; do sleep 1; done
    down
    rm -rf "$dir"
    ;;
*) fail "no verb $verb" ;;
esac
