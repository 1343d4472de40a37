#!/usr/bin/env bash
# Installs the release program, its manual pages, its completions, and what runs and watches the daemon. PREFIX (default /usr/local) and DESTDIR as usual;
# SAFEHOLD_PROGRAM names a program that was built already.
set -euo pipefail
cd "$(dirname "$0")/.."

prefix=${PREFIX:-/usr/local}
case $prefix in
/*) ;;
*) prefix=$PWD/$prefix ;;
esac
target=${DESTDIR:-}$prefix

program=${SAFEHOLD_PROGRAM:-.build/release/safehold}
[ -n "${SAFEHOLD_PROGRAM:-}" ] || scripts/build.sh release

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
mkdir -p "$staging/bin" "$staging/share/doc/safehold" "$staging/share/bash-completion/completions" \
    "$staging/share/zsh/site-functions" "$staging/share/fish/vendor_completions.d"
cp "$program" "$staging/bin/safehold"
strip "$staging/bin/safehold" 2>/dev/null || true
"$program" completions bash >"$staging/share/bash-completion/completions/safehold"
"$program" completions zsh >"$staging/share/zsh/site-functions/_safehold"
"$program" completions fish >"$staging/share/fish/vendor_completions.d/safehold.fish"
python3 scripts/manual-pages.py "$program" "$staging/share/man"
install -D -m 644 /dev/null "$staging/lib/systemd/system/safehold.service"
sed "s|@PREFIX@|$prefix|" packaging/systemd/safehold.service >"$staging/lib/systemd/system/safehold.service"
install -D -m 644 packaging/prometheus/safehold.rules.yml "$staging/share/safehold/prometheus/safehold.rules.yml"
install -D -m 644 packaging/grafana/safehold.json "$staging/share/safehold/grafana/safehold.json"
cp README.md LICENSE CHANGELOG.md docs/*.md tools/restorer/restore.py "$staging/share/doc/safehold/"

(cd "$staging" && find . -type f -printf '%P\n') | while read -r file; do
    mode=644
    [ "$file" != bin/safehold ] || mode=755
    install -D -m "$mode" "$staging/$file" "$target/$file"
done
echo "Installed $target/bin/safehold. Try: safehold --help"
