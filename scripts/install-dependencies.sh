#!/usr/bin/env bash
# Installs what building, testing and the demonstration need and is not there yet. Says nothing when all is there.
# Works as root or through sudo. Nothing is removed or upgraded.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(acl attr ca-certificates diffutils g++ git libzstd-dev pkg-config python3 python3-venv rsync)

fail() {
    printf 'install-dependencies: %s\n' "$@" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        fail "these packages are missing: ${missing[*]}." "Run this once as root, or install sudo: apt-get install ${missing[*]}"
    fi
}

quietly() { # shows what a command said only when it fails
    local said
    said=$("$@" 2>&1) || {
        printf '%s\n' "$said" >&2
        return 1
    }
}

if command -v apt-get >/dev/null; then
    missing=()
    for package in "${packages[@]}"; do
        # shellcheck disable=SC2016
        status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) || status=absent
        [ "$status" = installed ] || missing+=("$package")
    done
    if [ "${#missing[@]}" -gt 0 ]; then
        echo "Installing ${missing[*]} …"
        quietly as_root apt-get update -qq || fail "the package lists could not be fetched: is the network there?"
        quietly as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" ||
            fail "these packages could not be installed: ${missing[*]}"
    fi
else
    missing=()
    for tool in c++ git setfacl setfattr pkg-config python3 rsync diff; do
        command -v "$tool" >/dev/null || missing+=("$tool")
    done
    pkg-config --exists libzstd 2>/dev/null || missing+=("libzstd (headers)")
    [ "${#missing[@]}" -eq 0 ] || fail "this is not a Debian system; please install by hand: ${missing[*]}"
fi

if [ "${1:-}" != --without-swift ] && ! command -v swift >/dev/null; then
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
        echo "install-dependencies: the restorer's Python packages could not be installed; what needs them is left out." >&2
    fi
fi
