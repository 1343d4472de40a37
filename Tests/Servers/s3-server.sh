#!/usr/bin/env bash
# A real S3 server that nobody here wrote, for tests: Ceph's radosgw with one monitor and one store in memory, on loopback only.
#   s3-server.sh start DIR PID [FIRST]   starts it in the empty directory DIR and prints NAME=VALUE lines; it ends, and DIR goes, with
#                                process PID. With FIRST, the directory of one that runs, it is a second site: either copies what the other gets
#   s3-server.sh bucket DIR NAME [versioned|locked] [default-retention MODE DAYS]
#   s3-server.sh oplog DIR          what the gateway has logged of buckets whose names begin with logged-
#   s3-server.sh certificate DIR expired|future|wrong-name|rogue   makes DIR/KIND.pem and .key, of a server that is not to be trusted
#   s3-server.sh account DIR NAME BUCKET   a further account with a bucket of its own; prints its key
#   s3-server.sh suspend|enable|revoke|grant DIR NAME [ACCESS SECRET]   the account, or its key
#   s3-server.sh pause|resume DIR   a gateway that hangs
#   s3-server.sh stop DIR
# Ceph is LGPL; its programs run unmodified as processes of their own. http, and https with TLS 1.3 only.
set -euo pipefail
verb=$1 dir=$(cd "$2" && pwd)
conf=$dir/ceph.conf region=test-1
fail() { echo "s3-server: $*" >&2; tail -n 5 "$dir"/log/* >&2 2>/dev/null || true; exit 1; }
[ ${#dir} -lt 80 ] || fail "the path is too long for the sockets in it: $dir"

pid_of() { # of a daemon, if the number in its file is still that of ours
    local pid
    pid=$(cat "$dir/run/$1.pid" 2>/dev/null) || return 1
    tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "-c $conf" && echo "$pid"
}
stop() {
    local name pid
    for name in client.rgw osd.0 mon.a; do
        if pid=$(pid_of "$name"); then kill -9 "$pid" 2>/dev/null || true; fi
    done
}
admin() { timeout 60 radosgw-admin -c "$conf" -n client.admin --no-mon-config --admin-socket= "$@" >>"$dir/log/admin.log" 2>&1; }
free_ports() {
    python3 -c 'import socket
sockets = [socket.socket() for _ in range(3)]
for s in sockets: s.bind(("127.0.0.1", 0))
print(*(s.getsockname()[1] for s in sockets))'
}
letters() { head -c 200 /dev/urandom | base64 -w 0 | tr -dc "$1" | head -c "$2"; }
answers() { curl -s -o /dev/null -m 2 "http://127.0.0.1:$port/swift/healthcheck"; }

certificates() { # of an authority of its own
    local subject=/O=tests/CN=localhost
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout ca.key -out ca.pem -subj /O=tests/CN=authority \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj $subject
    printf 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' >extensions
    openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out server.pem
}

certificate() {
    local kind=$1 when='' alternative=DNS:localhost,IP:127.0.0.1 authority=ca
    cd "$dir"
    case $kind in
    expired) when=-30d ;;
    future) when=+30d ;;
    wrong-name) alternative=DNS:elsewhere.test ;;
    rogue)
        # Called like the one that is trusted.
        authority=rogue-ca
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout rogue-ca.key -out rogue-ca.pem \
            -subj /O=tests/CN=authority -addext basicConstraints=critical,CA:TRUE
        ;;
    *) fail "no certificate $kind" ;;
    esac
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$kind.key" -out "$kind.csr" -subj /O=tests/CN=localhost
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$alternative" >"$kind.extensions"
    ${when:+faketime -f "$when"} openssl x509 -req -in "$kind.csr" -CA $authority.pem -CAkey $authority.key -days 2 \
        -set_serial "0x$(openssl rand -hex 8)" -extfile "$kind.extensions" -out "$kind.pem"
}

configure() {
    local tls="ssl_certificate=$dir/server.pem ssl_private_key=$dir/server.key"
    tls="$tls ssl_options=default_workarounds:no_compression:no_sslv2:no_sslv3:no_tlsv1:no_tlsv1_1:no_tlsv1_2"
    cat >"$conf" <<END
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
run dir = $dir/run
crash dir = $dir/run
admin socket = $dir/run/\$name.asok
log file = $dir/log/\$name.log
pid file = $dir/run/\$name.pid
keyring = $dir/keyring
mon host = [v2:127.0.0.1:$mon_port/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
client mount timeout = 20
client notify timeout = 1
auth allow insecure global id reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon max pg per osd = 1000
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail warn = 1
mon data avail crit = 0
paxos propose interval = 0.02
paxos min wait = 0.01
[mon.a]
mon data = $dir/mon
mon initial members = a
[osd.0]
osd data = $dir/osd
osd objectstore = memstore
memstore device bytes = 4294967296
osd class load list = *
osd class default list = *
[client.rgw]
rgw data = $dir/rgw
# Without tcp_nodelay every small answer takes 40 ms.
rgw frontends = beast endpoint=127.0.0.1:$port ssl_endpoint=127.0.0.1:$tls_port $tls tcp_nodelay=1
rgw dns name = s3.test
rgw realm = test
rgw zonegroup = $region
rgw zone = $zone
rgw thread pool size = 64
# Who asked for what, as JSON, for whoever connects.
rgw enable ops log = true
rgw ops log rados = false
rgw ops log socket path = $dir/run/ops.sock
# Encryption by a key of the server, as in trials: over http too.
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = test-key=$(head -c 32 /dev/urandom | base64 -w 0)
END
}

cluster() {
    local name
    ceph-authtool --create-keyring "$dir/keyring" --gen-key -n mon. --cap mon 'allow *'
    for name in client.admin client.rgw osd.0; do
        ceph-authtool "$dir/keyring" --gen-key -n $name --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
    done
    monmaptool --create --clobber --fsid "$(sed -n 's/^fsid = //p' "$conf")" --addv a "[v2:127.0.0.1:$mon_port/0]" "$dir/monmap"
    ceph-mon -c "$conf" -i a --mkfs --monmap "$dir/monmap" --keyring "$dir/keyring"
    ceph-mon -c "$conf" -i a
    name=$(cat /proc/sys/kernel/random/uuid)
    timeout 30 ceph -c "$conf" osd new "$name"
    timeout 60 ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$name"
    ceph-osd -c "$conf" -i 0
}

zone() {
    local sync=(--access-key="$sync_access" --secret="$sync_secret") own=(--rgw-zonegroup=$region --rgw-zone="$zone" --endpoints="http://127.0.0.1:$port")
    if [ -n "$first" ]; then
        # shellcheck disable=SC2154 # the settings
        admin realm pull --url="$(. "$first/settings" && echo "$endpoint")" "${sync[@]}" --default
        admin zonegroup default --rgw-zonegroup=$region
        admin zone create "${own[@]}" "${sync[@]}" --default
        admin period update --commit
        return
    fi
    admin realm create --rgw-realm=test --default
    admin zonegroup create --rgw-zonegroup=$region --rgw-realm=test --endpoints="http://127.0.0.1:$port" --master --default
    # Without these names, 'localhost' would be taken for a bucket.
    radosgw-admin -c "$conf" -n client.admin --no-mon-config --admin-socket= zonegroup get 2>>"$dir/log/admin.log" |
        python3 -c 'import json, sys; z = json.load(sys.stdin); z["hostnames"] = ["s3.test", "localhost"]; json.dump(z, sys.stdout)' >"$dir/zonegroup.json"
    admin zonegroup set --rgw-zonegroup=$region --infile "$dir/zonegroup.json"
    admin zone create "${own[@]}" "${sync[@]}" --master --default
    admin zonegroup placement add --rgw-zonegroup=$region --placement-id=default-placement --storage-class=STANDARD_IA
    admin zone placement add --rgw-zone="$zone" --placement-id=default-placement --storage-class=STANDARD_IA --data-pool="$zone.cold"
    # Sites talk to each other as a user of their own: such a one gets other answers.
    admin user create --uid=sync --display-name=sync "${sync[@]/--secret=/--secret-key=}" --system
    admin user create --uid=owner --display-name=owner --access-key="$access" --secret-key="$secret"
    # A second account, which may do what a bucket's policy lets it.
    admin user create --uid=guest --display-name=guest --access-key="$guest_access" --secret-key="$guest_secret"
    admin period update --commit
}

start() {
    local parent=$1 first=${2:-} zone=$region-main i port tls_port mon_port access secret guest_access guest_secret sync_access sync_secret
    # What the caller has open is none of a daemon's business.
    for i in /proc/$$/fd/*; do i=${i##*/}; [ "$i" -le 2 ] || [ "$i" -eq 255 ] || eval "exec $i>&-" 2>/dev/null || true; done
    mkdir -p "$dir"/{mon,osd,log,run,rgw}
    # Whatever becomes of this script and of its caller, nothing stays.
    setsid "$0" watch "$dir" "$parent" >/dev/null 2>&1 </dev/null &
    read -r port tls_port mon_port <<<"$(free_ports)"
    access=TESTKEY$(letters A-Z0-9 12) secret=$(letters A-Za-z0-9 40)
    guest_access=TESTKEY$(letters A-Z0-9 12) guest_secret=$(letters A-Za-z0-9 40)
    sync_access=TESTKEY$(letters A-Z0-9 12) sync_secret=$(letters A-Za-z0-9 40)
    if [ -n "$first" ]; then
        zone=$region-second
        eval "$(grep -E '^(sync_|guest_)?(access|secret)=[A-Za-z0-9]*$' "$first/settings" "$first/sync" -h)"
    fi
    cd "$dir"
    certificates >"$dir/log/certificates.log" 2>&1 || fail "no certificates could be made"
    configure
    cluster >"$dir/log/start.log" 2>&1 </dev/null || fail "the cluster did not start"
    zone || fail "the zone could not be made"
    radosgw -c "$conf" -n client.rgw >>"$dir/log/start.log" 2>&1 </dev/null || fail "the gateway did not start"
    for ((i = 0; i < 400; i++)); do answers && break; sleep 0.05; done
    answers || fail "the gateway does not answer"
    : >"$dir/log/ops"
    setsid "$0" read-oplog "$dir" >/dev/null 2>>"$dir/log/start.log" </dev/null &
    printf 'sync_access=%s\nsync_secret=%s\n' "$sync_access" "$sync_secret" >"$dir/sync"
    cat >"$dir/settings" <<END
endpoint=http://127.0.0.1:$port
secure_endpoint=https://localhost:$tls_port
authorities=$dir/ca.pem
region=$region
access=$access
secret=$secret
guest_access=$guest_access
guest_secret=$guest_secret
END
    cat "$dir/settings"
}

bucket() {
    local name=$1 kind=${2:-} mode=${4:-} days=${5:-}
    . "$dir/settings"
    case $kind in
    locked) put "$name" "" -H "x-amz-bucket-object-lock-enabled: true" ;;
    *) put "$name" "" ;;
    esac
    [ "$kind" != versioned ] ||
        put "$name?versioning=" '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>'
    [ "${3:-}" != default-retention ] ||
        put "$name?object-lock=" "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>$mode</Mode><Days>$days</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
}
put() { # what is asked for, the body, more of curl's words
    local path=$1 body=$2 status hash md5
    shift 2
    hash=$(printf %s "$body" | sha256sum | cut -d ' ' -f 1) md5=$(printf %s "$body" | openssl md5 -binary | base64)
    # shellcheck disable=SC2154 # the settings
    status=$(curl -s -o /dev/null -w '%{http_code}' --aws-sigv4 "aws:amz:$region:s3" --user "$access:$secret" -X PUT \
        -H "x-amz-content-sha256: $hash" -H "content-md5: $md5" --data "$body" "$@" "$endpoint/$path")
    [ "$status" = 200 ] || fail "$path could not be made so: $status"
}

read_oplog() { # for as long as the gateway lives
    python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
with open(sys.argv[2], "ab", buffering=0) as log:
    for line in s.makefile("rb"):
        if b"\"bucket\":\"logged-" in line: log.write(line)' "$dir/run/ops.sock" "$dir/log/ops"
}

account() {
    local name=$1 bucket=$2
    . "$dir/settings"
    access=TESTKEY$(letters A-Z0-9 12) secret=$(letters A-Za-z0-9 40)
    admin user create --uid="$name" --display-name="$name" --access-key="$access" --secret-key="$secret"
    put "$bucket" ""
    printf 'access=%s\nsecret=%s\n' "$access" "$secret"
}

case $verb in
start) start "$3" "${4:-}" ;;
bucket) bucket "${@:3}" ;;
oplog) cat "$dir/log/ops" ;;
read-oplog) read_oplog ;;
certificate) certificate "$3" >>"$dir/log/certificates.log" 2>&1 ;;
account) account "$3" "$4" ;;
suspend) admin user suspend --uid="$3" ;;
enable) admin user enable --uid="$3" ;;
revoke) admin key rm --uid="$3" --access-key="$4" ;;
grant) admin key create --uid="$3" --access-key="$4" --secret-key="$5" ;;
pause) kill -STOP "$(pid_of client.rgw)" ;;
resume) kill -CONT "$(pid_of client.rgw)" ;;
stop) stop ;;
watch)
    while kill -0 "$3" 2>/dev/null; do sleep 1; done
    stop
    rm -rf "$dir"
    ;;
*) fail "no verb $verb" ;;
esac
