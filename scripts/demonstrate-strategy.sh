#!/usr/bin/env bash
# Carries out the IQHIS strategy on the sample, from the strategy file to a recovery with nothing but tar and cp. Called by
# scripts/demonstrate.sh, with an empty directory as its argument and 'safehold' on PATH.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$1
examples=$PWD/examples/iqhis

bold='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
say() { printf '%s\n' "$*" | fold -s -w 100 | sed 's/ *$//'; }
show() { printf '\n  $ %s\n' "$*" | sed "s|$work|…|g"; }
run() {
    show "$@"
    "$@"
}

daemon=''
end() {
    if [ -n "$daemon" ]; then kill "$daemon" 2>/dev/null && wait "$daemon" || true; fi
}
trap end EXIT

cp -R "$examples"/. "$work"
export SAFEHOLD_HOME=$work/host SAFEHOLD_PASSPHRASE_FILE=$work/passphrase
unset SAFEHOLD_REPOSITORY SAFEHOLD_STRATEGY
(umask 077 && head -c 18 /dev/urandom | base64 >"$work/passphrase")
cd "$work"

step "The strategy: one file says what is protected"
say "Seven components, full backups daily, incremental ones every 4 hours, configuration on every change, the database every 6 hours," \
    "7 days, 4 weeks, 12 months and 7 years kept, copies at another site and on media, contacts, reviews and drills."
run safehold init --preset iqhis
echo
say "What it means for one component, with the next due times:"
run safehold strategy explain configuration
echo
say "A slip of the pen is found, with its place:"
sed 's/criticality: high/critcality: high/' safehold.yaml >wrong.yaml
show safehold strategy check wrong.yaml
! safehold strategy check wrong.yaml
rm wrong.yaml

step "All components, as of one moment"
unset SAFEHOLD_PASSPHRASE_FILE # backups need no passphrase
run safehold run

step "The daemon: a change is backed up seconds after it was written"
show safehold daemon "&"
safehold daemon 2>daemon.log &
daemon=$!
changed() { safehold runs --component configuration --json | grep -c '"mode":"change","[^}]*"outcome":"complete"' || true; }
for _ in $(seq 300); do
    grep -q Carrying daemon.log && [ "$(safehold runs --json | grep -c '"outcome":"running"')" = 0 ] && break
    sleep 0.2
done
sleep 2
before=$(changed)
show "echo 'session_timeout: 10m' >> config/environments/production.yaml"
echo 'session_timeout: 10m' >>config/environments/production.yaml
for _ in $(seq 150); do
    [ "$(changed)" -gt "$before" ] && break
    sleep 0.2
done
[ "$(changed)" -gt "$before" ] || {
    say "The change was not backed up: this must not be."
    cat daemon.log
    exit 1
}
run safehold runs --component configuration
run safehold status || true
kill "$daemon"
wait "$daemon" || true
daemon=''

step "Recovery by plain shell commands"
export SAFEHOLD_PASSPHRASE_FILE=$work/passphrase
run safehold export --latest
archive=$(echo iqhis_backup_*.tar.gz)
stamp=${archive#iqhis_backup_}
stamp=${stamp%.tar.gz}
say "On a machine that knows nothing of Safehold, the strategy's own commands bring it back:"
mkdir elsewhere && cd elsewhere && mkdir docs
run tar -xzf "../$archive"
run cp -r "$stamp"/docs/* ./docs/
run cp -r "$stamp"/src/* ./
run cp -r "$stamp"/config/* ./
show "(cd $stamp && sha256sum --quiet -c SHA256SUMS)"
(cd "$stamp" && sha256sum --quiet -c SHA256SUMS)
for part in docs src config database security test-data dependencies; do diff -r "../$part" "$stamp/$part"; done
diff -r ../docs docs
say "Every sum is right, and diff has nothing to say: it is what was backed up."
cd ..

step "What retention will leave, and why"
run safehold retention explain --component configuration
show "safehold retention simulate --years 8 | tail -n 4"
safehold retention simulate --years 8 | tail -n 4
