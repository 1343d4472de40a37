#!/usr/bin/env bash
# Servers that messages are sent to, by others' implementations, on loopback: aiosmtpd for mail, Python's own for webhooks.
#   message-servers.sh start DIR PID VENV   starts them in the empty directory DIR and prints NAME=VALUE lines; they end, and DIR goes, with process
#                                           PID. VENV is a Python environment with aiosmtpd in it (scripts/install-dependencies.sh --for-tests)
#   message-servers.sh stop DIR
# What arrives lies in DIR/mail and DIR/web. aiosmtpd is under the Apache licence and runs unmodified.
set -euo pipefail
verb=$1 dir=$(cd "$2" && pwd)
fail() { echo "message-servers: $*" >&2; tail -n 5 "$dir/log" >&2 2>/dev/null || true; exit 1; }

stop() {
    local pid
    pid=$(cat "$dir/pid" 2>/dev/null) || return 0
    # Only if the number is still that of ours.
    ! tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF message-servers.py || kill -9 "$pid" 2>/dev/null || true
}

certificates() { # of an authority of its own, and one that nobody knows, of the same name
    local name
    for name in ca rogue; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout $name.key -out $name.pem \
            -subj /O=tests/CN=authority -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
    done
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >good.extensions
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >untrusted.extensions
    printf 'subjectAltName=DNS:elsewhere.test\nextendedKeyUsage=serverAuth\n' >misnamed.extensions
    for name in good untrusted misnamed; do
        local authority=ca
        [ $name != untrusted ] || authority=rogue
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key -out $name.csr -subj /O=tests/CN=localhost
        openssl x509 -req -in $name.csr -CA $authority.pem -CAkey $authority.key -set_serial "0x$(openssl rand -hex 8)" -days 2 \
            -extfile $name.extensions -out $name.pem
    done
}

start() {
    local parent=$1 venv=$2 i
    # What the caller has open is none of a server's business.
    for i in /proc/$$/fd/*; do i=${i##*/}; [ "$i" -le 2 ] || [ "$i" -eq 255 ] || eval "exec $i>&-" 2>/dev/null || true; done
    [ -x "$venv/bin/aiosmtpd" ] || fail "there is no aiosmtpd in $venv"
    (cd "$dir" && certificates) >>"$dir/log" 2>&1 || fail "openssl"
    mkdir "$dir/mail" "$dir/web"
    # Whatever becomes of this script and of its caller, nothing stays.
    setsid "$0" watch "$dir" "$parent" >/dev/null 2>&1 </dev/null &
    setsid "$venv/bin/python3" "$(dirname "$0")/message-servers.py" "$dir" </dev/null >>"$dir/log" 2>&1 &
    echo $! >"$dir/pid"
    for ((i = 0; i < 300; i++)); do
        [ ! -e "$dir/ready" ] || break
        sleep 0.1
    done
    [ $i -lt 300 ] || fail "they do not answer"
    cat "$dir/ready"
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
