#!/usr/bin/env bash
# Installs what building and the demonstration need and is not there yet. Says nothing when all is there.
# --without-swift does not ask for a compiler. --for-tests installs what only tests need as well; where that cannot be had, the tests
# that need it are skipped by name, unless CI=true: there it is an error.
# Works as root or through sudo. Nothing is removed or upgraded.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(acl attr ca-certificates diffutils g++ git libcurl4-openssl-dev libdeflate-dev libexpat1-dev libisal-dev libpq-dev libsqlite3-dev libzstd-dev pkg-config python3 python3-venv rsync tzdata)
# radosgw with a monitor and a store is the S3 server that tests run beside, sshd the SSH server (Tests/Servers); rclone is tried itself.
test_packages=(age ceph-common ceph-mon ceph-osd curl e2fsprogs exfat-fuse exfatprogs faketime glewlwyd gnupg golang-go golang-golang-x-mod-dev openssh-client openssh-server openssl poppler-utils postgresql procps prometheus radosgw rclone sshfs strace systemd tzdata util-linux)
# glewlwyd is a provider of single sign-on.
# Debian keeps sshd where only root looks for programs.
PATH=$PATH:/usr/sbin:/sbin
test_tools=(age ceph-mon ceph-osd chattr curl faketime glewlwyd go gpg mkfs.exfat mount.exfat-fuse openssl pdftotext pg_lsclusters pgrep promtool radosgw rclone setpriv ssh sshd sshfs strace systemd-analyze)

with_swift=1 for_tests=''
for argument in "$@"; do
    case $argument in
    --without-swift) with_swift='' ;;
    --for-tests) for_tests=1 ;;
    *)
        echo "usage: $0 [--without-swift] [--for-tests]" >&2
        exit 2
        ;;
    esac
done

fail() {
    printf 'install-dependencies: %s\n' "$@" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

quietly() { # shows what a command said only when it fails
    local said
    said=$("$@" 2>&1) || {
        printf '%s\n' "$said" >&2
        return 1
    }
}

find_missing_packages() { # those of its arguments that are not installed, in `missing`
    missing=()
    local package status
    for package in "$@"; do
        # shellcheck disable=SC2016
        status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=absent
        [ "$status" = installed ] || missing+=("$package")
    done
}

find_missing_tools() {
    missing=()
    local tool
    for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
}

without_daemons() { # no package starts a daemon of its own: tests start what they need, and nothing is to listen on this machine
    local policy=/usr/sbin/policy-rc.d
    if [ -e "$policy" ] || { [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; }; then "$@"; return; fi
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    local status=0
    "$@" || status=$?
    as_root rm -f "$policy"
    return "$status"
}

# Sources that a Go program of the tests is built with; no program tells whether they are here.
go_sources=/usr/share/gocode/src/golang.org/x/mod/sumdb
find_missing_for_tests() {
    find_missing_tools "${test_tools[@]}"
    [ -d "$go_sources" ] || missing+=("$go_sources")
}

problem=''
install_missing() { # what kept it from being done is in `problem`
    [ "${#missing[@]}" -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        problem="these packages are missing: ${missing[*]}. Run this once as root, or install sudo: apt-get install ${missing[*]}"
        return 1
    fi
    echo "Installing ${missing[*]} …"
    quietly as_root apt-get update -qq || {
        problem="the package lists could not be fetched: is the network there?"
        return 1
    }
    quietly as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" || {
        problem="these packages could not be installed: ${missing[*]}"
        return 1
    }
}

if command -v apt-get >/dev/null; then
    find_missing_packages "${packages[@]}"
    install_missing || fail "$problem"
else
    find_missing_tools c++ git setfacl setfattr pkg-config python3 rsync diff
    pkg-config --exists libzstd 2>/dev/null || missing+=("libzstd (headers)")
    pkg-config --exists libisal 2>/dev/null || missing+=("libisal (headers)")
    pkg-config --exists libpq 2>/dev/null || missing+=("libpq (headers)")
    pkg-config --exists libcurl 2>/dev/null || missing+=("libcurl (headers)")
    pkg-config --exists libdeflate 2>/dev/null || missing+=("libdeflate (headers)")
    pkg-config --exists expat 2>/dev/null || missing+=("libexpat (headers)")
    pkg-config --exists sqlite3 2>/dev/null || missing+=("sqlite3 (headers)")
    [ "${#missing[@]}" -eq 0 ] || fail "this is not a Debian system; please install by hand: ${missing[*]}"
fi

if [ -n "$for_tests" ]; then
    # By what they are needed for: a tool that came another way will do.
    find_missing_for_tests
    if [ "${#missing[@]}" -gt 0 ]; then
        if command -v apt-get >/dev/null; then
            find_missing_packages "${test_packages[@]}"
            without_daemons install_missing || true
        fi
        find_missing_for_tests
    fi
    if [ "${#missing[@]}" -gt 0 ]; then
        [ "${CI:-}" != true ] || fail "${problem:-tests need what is not here:} ${missing[*]}"
        echo "install-dependencies: not here: ${missing[*]}${problem:+ ($problem)}. The tests that need them are skipped, by name." >&2
    fi
fi

# Servers by other makers, which tests run beside; each in an environment of its own: NAME, PROGRAM, PACKAGE
install_server() {
    local environment=.build/$1-server-venv python
    [ ! -x "$environment/bin/$2" ] || return 0
    echo "Installing $3 for tests into $environment …"
    for python in python3 /usr/bin/python3; do
        rm -rf "$environment"
        if quietly "$python" -m venv "$environment"; then break; fi
    done
    if ! quietly "$environment/bin/python3" -m pip install --quiet "$3"; then
        [ "${CI:-}" != true ] || fail "$3 could not be installed."
        echo "install-dependencies: $3 could not be installed; the tests that need it are skipped, by name." >&2
    fi
}
if [ -n "$for_tests" ]; then
    install_server swift swift-proxy-server 'swift==2.38.3'
    install_server moto moto_server 'moto[server]==5.2.1'
    # Not a store: what mail is sent to in tests.
    install_server mail aiosmtpd 'aiosmtpd==1.4.6'
fi

if [ -n "$with_swift" ] && ! command -v swift >/dev/null; then
    fail "Swift 6.3 or newer is needed and 'swift' is not on PATH." \
        "https://www.swift.org/install/linux/ has it for Debian 12; then open a new shell and try again."
fi

# The stranger's reader (tools/restorer/restore.py) needs two Python packages, newer than Debian 12 has them.
if ! scripts/restorer-python.sh >/dev/null 2>&1; then
    echo "Installing the restorer's Python packages into .build/python-venv …"
    environment=.build/python-venv
    # A python3 of one's own in front of the system's may lack what a virtual environment needs.
    for python in python3 /usr/bin/python3; do
        rm -rf "$environment"
        if quietly "$python" -m venv "$environment"; then break; fi
    done
    if ! quietly "$environment/bin/python3" -m pip install --quiet 'cryptography>=48' 'zstandard>=0.22'; then
        [ "${CI:-}" != true ] || fail "the restorer's Python packages could not be installed."
        echo "install-dependencies: the restorer's Python packages could not be installed; what needs them is left out." >&2
    fi
fi
