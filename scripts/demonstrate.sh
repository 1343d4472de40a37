#!/usr/bin/env bash
# Shows what Safehold does, on a sample (examples/iqhis) or on TREE=/some/dir, with every command that it uses.
# The tree given by TREE is only read. KEEP=1 keeps what was made. Exit status 0: all came back as it was; 3: all that could be read.
set -euo pipefail
cd "$(dirname "$0")/.."

tree=${TREE:-}
if [ -n "$tree" ]; then
    [ -d "$tree" ] || {
        echo "demonstrate: TREE=$tree is not a directory." >&2
        exit 2
    }
    tree=$(cd "$tree" && pwd -P)
fi

program=${SAFEHOLD_PROGRAM:-$PWD/.build/release/safehold}
if [ -z "${SAFEHOLD_PROGRAM:-}" ]; then
    scripts/build.sh release
else
    scripts/install-dependencies.sh --without-swift
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/safehold-demonstration.XXXXXX")
work=$(cd "$work" && pwd -P)
if [ -n "$tree" ] && [[ $work/ == "${tree%/}/"* ]]; then
    rmdir "$work"
    echo "demonstrate: $work would lie inside TREE. Set TMPDIR to a directory outside it." >&2
    exit 2
fi

finish() {
    status=$?
    if [ "${KEEP:-}" = 1 ] || { [ "$status" -ne 0 ] && [ "$status" -ne 3 ]; }; then
        printf '\nKept for a look: %s (delete it when you are done)\n' "$work"
    else
        chmod -R u+rwX "$work" 2>/dev/null || true
        # Immutable files came back as such.
        if ! rm -rf "$work" 2>/dev/null; then
            chattr -R -f -ia "$work" 2>/dev/null || true
            rm -rf "$work" || true
        fi
    fi
    [ "$status" -eq 0 ] || printf '\nThe demonstration did not end well (status %d): the lines above say why.\n' "$status" >&2
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bold='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
number=0
step() {
    number=$((number + 1))
    printf '\n%s%d. %s%s\n' "$bold" "$number" "$1" "$plain"
}
say() { printf '%s\n' "$*" | fold -s -w 100 | sed 's/ *$//'; }
show() { printf '\n  $ %s\n' "$*" | sed "s|$work|…|g"; }
run() {
    show "$@"
    "$@"
}
partial=0
run_partly() { # what had to leave something out ends with 3, and names it
    local ended=0
    show "$@"
    "$@" || ended=$?
    case $ended in
    0) ;;
    3)
        partial=1
        say "Exit status 3, done in part: something could not be read as it is and was named above. All the rest was done."
        ;;
    *) return "$ended" ;;
    esac
}

mkdir "$work/bin" "$work/host" && ln -s "$(realpath "$program")" "$work/bin/safehold"
export PATH="$work/bin:$PATH"
export SAFEHOLD_HOME=$work/host SAFEHOLD_REPOSITORY=$work/repository SAFEHOLD_PASSPHRASE_FILE=$work/passphrase

# --- what is backed up
if [ -n "$tree" ]; then
    source=$tree
else
    source=$work/hospital
    cp -R examples/iqhis "$source"
    scripts/add-peculiarities.sh "$source"
fi

printf '%sSafehold: back up, look, prove, restore%s\n' "$bold" "$plain"
say "Everything below happens in $work, shown as “…”. The tree that is backed up: $source" \
    "($(find "$source" -mindepth 1 2>/dev/null | wc -l) entries, $(du -sh --apparent-size "$source" 2>/dev/null | cut -f1))."

step "A repository"
say "The passphrase opens backups; it is for restoring. Here a random one is written to a file; you would keep yours" \
    "in a safe place that is not this host."
(umask 077 && head -c 18 /dev/urandom | base64 >"$work/passphrase")
run safehold init --repository "$work/repository" --passphrase-file "$work/passphrase" --label demonstration
echo
say "From here on the commands find repository and passphrase in the environment (SAFEHOLD_REPOSITORY," \
    "SAFEHOLD_PASSPHRASE_FILE)."

step "The first backup"
say "A backup needs no passphrase: this host can add to the repository, but nothing it keeps opens older backups." \
    "The passphrase is therefore taken away for this command."
run_partly env -u SAFEHOLD_PASSPHRASE_FILE safehold backup "$source"

if [ -n "$tree" ]; then
    step "The second backup"
    say "Your tree is left alone, so little or nothing has changed: files that look unchanged are not even opened."
else
    step "A day at the hospital, then the second backup"
    say "Some files of our copy change: a setting is corrected, a policy is added, audit records arrive, a folder is" \
        "renamed, a test data set is deleted."
    sed -i 's/^session_timeout_minutes:.*/session_timeout_minutes: 10/' "$source/config/environments/production.yaml"
    printf '# Policy: downtime procedure\n\nPaper forms D-1 to D-7 are used when IQHIS is down for over 15 minutes.\n' \
        >"$source/security/policies/downtime-procedure.md"
    for event in login export-report close-capa; do
        printf '{"at":"2026-03-02T06:%02d:00Z","actor":"m.keller","event":"%s","outcome":"allowed"}\n' $((RANDOM % 60)) "$event"
    done >>"$source/database/audit-log/2026-03.jsonl"
    mv "$source/docs/training" "$source/docs/training-materials"
    rm "$source/test-data/datasets/falls.csv"
    echo
    say "Only what is new is stored; files that look unchanged are not even opened."
fi
touch "$work/before-backup"
run_partly env -u SAFEHOLD_PASSPHRASE_FILE safehold backup "$source"

step "Looking inside"
run safehold snapshots
first=$(safehold snapshots --json | python3 -c '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
print(min((l for l in lines if l["type"] == "snapshot"), key=lambda l: l["sequence"])["id"])')
echo
say "The beginning of the newest one's list, and what changed between the two:"
show safehold ls latest "| head -n 12"
safehold ls latest >"$work/listing"
head -n 12 "$work/listing"
show safehold diff "$first" latest "| head -n 20"
safehold diff "$first" latest >"$work/difference"
head -n 20 "$work/difference"
if [ -z "$tree" ]; then
    echo
    say "One file as it was in the first backup, without restoring anything else:"
    show safehold cat "$first" "$source/config/environments/production.yaml" "| grep session_timeout"
    safehold cat "$first" "$source/config/environments/production.yaml" | grep session_timeout
fi

step "What the keeper of the repository sees"
say "$(find "$work/repository" -type f | wc -l) files, $(du -sh "$work/repository" | cut -f1), named by the SHA-256 of" \
    "their sealed content. Neither a file's name nor a sentence of its content can be found in them, nor in what this host" \
    "keeps:"
if [ -n "$tree" ]; then # the longest file name that is still pleasant to read: too long to turn up by chance
    telltales=("$({ find "$source" -type f -printf '%f\n' 2>/dev/null || true; } |
        LC_ALL=C awk 'length <= 60 && length > length(best) { best = $0 } END { print best }')")
else
    telltales=(user-requirements.md 'Patient fell beside the bed')
fi
for telltale in "${telltales[@]}"; do
    [ "${#telltale}" -ge 8 ] || continue
    # The description of the format and the restorer lie in spec/ for everybody to read, and may mention any word.
    show grep -rlaF --exclude-dir=spec "'$telltale'" "$work/repository" "$work/host"
    if grep -rlaF --exclude-dir=spec -- "$telltale" "$work/repository" "$work/host"; then
        say "Found: this must not be."
        exit 1
    fi
    echo "  (nothing found)"
done

step "Proof that all is intact"
say "Every object's bytes are hashed, every signature checked, every chunk decrypted and compared with its id."
run safehold verify --read-data
if [ -z "$tree" ]; then
    echo
    say "And if something were not? One bit of a copy of the repository is turned over:"
    cp -a "$work/repository" "$work/damaged"
    python3 - "$work/damaged/packs" <<'P'
import os, sys
packs = [os.path.join(d, f) for d, _, fs in os.walk(sys.argv[1]) for f in fs]
pack = max(packs, key=os.path.getsize)
os.chmod(pack, 0o600)
with open(pack, "r+b") as file:
    file.seek(os.path.getsize(pack) // 3)
    byte = file.read(1)[0]
    file.seek(-1, os.SEEK_CUR)
    file.write(bytes([byte ^ 0x10]))
P
    show safehold verify --read-data --repository "$work/damaged"
    ended=0
    safehold verify --read-data --repository "$work/damaged" || ended=$?
    [ "$ended" -ne 0 ] || {
        say "The damage went unnoticed: this must not be."
        exit 1
    }
    say "Exit status $ended: noticed, and the object is named, with the files that the damage touches if it touches any."
fi

same=0
find_excused() { # in a tree that is in use: what changed after its backup began, and what cannot be read
    : >"$work/excused"
    [ -n "$tree" ] || return 0
    find "$source" \( -newercm "$work/before-backup" -o ! -readable -o -type d ! -executable \) -print0 \
        >"$work/excused" 2>/dev/null || true
}
unexplained() { python3 scripts/unexplained.py "$source" "$1" "$work/excused"; }
compare() { # by two tools that are not ours
    local restored=$1 all
    show diff -rq --no-dereference "$source" "$restored"
    # diff cannot look into FIFOs, sockets and devices and says so; rsync compares them below.
    LC_ALL=C diff -rq --no-dereference "$source" "$restored" 2>&1 |
        LC_ALL=C grep -avE '^File .* is an? (.*) while file .* is an? \1$' >"$work/diff" || true
    show rsync -aHAXn --checksum --itemize-changes --delete "$source/" "$restored/"
    rsync -aHAXn --checksum --itemize-changes --delete "$source/" "$restored/" >"$work/rsync" 2>&1 || true
    find_excused
    unexplained "$restored" <"$work/diff" >"$work/diff.left"
    unexplained "$restored" <"$work/rsync" >"$work/rsync.left"
    sed 's/^/  /' "$work/diff.left" "$work/rsync.left" | head -n 40
    all=$(cat "$work/diff" "$work/rsync" | wc -l)
    if [ -s "$work/diff.left" ] || [ -s "$work/rsync.left" ]; then
        same=1
        say "The lines above differ."
    elif [ "$all" -gt 0 ]; then
        say "They differ in nothing but what changed in the tree after its backup began, or cannot be read by you ($all lines," \
            "the first of them below). Names, content, modes, owners, times, links, ACLs and attributes of all else are the same."
        cat "$work/diff" "$work/rsync" | head -n 5 | sed 's/^/  /'
    else
        say "Both say nothing: names, content, modes, owners, times, links, ACLs and attributes are the same."
    fi
}

step "Restore to another place, and compare"
run_partly safehold restore latest --target "$work/restored" --strip --verify
compare "$work/restored"

step "Restore without Safehold"
if python=$(scripts/restorer-python.sh); then
    say "restore.py is one file of Python, written from the description of the format alone; a copy of both lies in every" \
        "repository. It shares no code with Safehold, so it also checks our work."
    show restore.py "$work/repository" --passphrase-file "$work/passphrase" --snapshot latest \
        --target "$work/restored-by-stranger" --strip
    "$python" tools/restorer/restore.py "$work/repository" --passphrase-file "$work/passphrase" --snapshot latest \
        --target "$work/restored-by-stranger" --strip
    compare "$work/restored-by-stranger"
else
    say "Left out: the Python packages 'cryptography' (48 or newer) and 'zstandard' are not here and could not be fetched."
fi

if [ -z "$tree" ]; then
    step "The whole strategy, carried out"
    mkdir "$work/iqhis"
    scripts/demonstrate-strategy.sh "$work/iqhis"
fi

step "The end"
if [ "$same" -ne 0 ]; then
    say "Not everything came back as it was."
    exit 1
fi
if [ "$partial" -ne 0 ]; then
    say "Everything that could be read came back as it was; what could not be read is named above."
    exit 3
fi
say "Everything came back as it was. Your own turn:"
cat <<'T'

  make install                                                  # or: make install PREFIX=$HOME/.local
  safehold init --repository /mnt/backup/safehold
  safehold backup --repository /mnt/backup/safehold ~/documents
  safehold restore latest --repository /mnt/backup/safehold --target /tmp/back
T
