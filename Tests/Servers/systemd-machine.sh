#!/usr/bin/env bash
# Starts systemd in namespaces of its own, over this machine's files, of which it changes none, and has it run a script as root.
#   systemd-machine.sh FOLDER PROGRAM [SCRIPT]
# FOLDER is the same inside and outside; files in FOLDER/units are units, or drop-ins in folders. PROGRAM is FOLDER/program there. What SCRIPT says
# goes to FOLDER/said; its exit status is ours. Takes root, namespaces, and an overlay that may be mounted: 77 where they may not be had. Without
# SCRIPT it only says by its status whether they may.
set -euo pipefail

if [ "${1:-}" != inside ]; then
    folder=$(cd "$1" && pwd) script=${3:-/dev/null}
    mkdir -p "$folder/space" "$folder/units"
    cp "$2" "$folder/program"
    cat >"$folder/units/try.target" <<END
[Unit]
Wants=try.service
AllowIsolate=yes
END
    cat >"$folder/units/try.service" <<END
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
StandardOutput=file:$folder/said
StandardError=inherit
ExecStart=/bin/bash -c 'bash "$script"; echo \$? >"$folder/status"; systemctl poweroff -ff'
END
    # A machine that powers itself off is killed by its kernel.
    unshare --fork --pid --mount --uts --ipc --cgroup --kill-child bash "$0" inside "$folder" >"$folder/console" 2>&1 || true
    [ -e "$folder/booted" ] || exit 77
    exit "$(cat "$folder/status" 2>/dev/null || echo 1)"
fi

folder=$2 space=$2/space root=$2/space/root
mount --make-rprivate /
mount -t tmpfs -o size=1g tmpfs "$space"
mkdir -p "$space/upper" "$space/work" "$root"
mount -t overlay -o "lowerdir=/,upperdir=$space/upper,workdir=$space/work" overlay "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/run"
mount --rbind /dev "$root/dev"
umount "$root/sys/fs/cgroup" 2>/dev/null || true
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount --bind "$folder" "$root$folder"
cp -R "$folder/units/." "$root/etc/systemd/system/"
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
chroot "$root" "$folder/program" version >/dev/null
: >"$folder/booted"
exec chroot "$root" /usr/bin/env -i container=other PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=try.target --log-target=console --show-status=no
