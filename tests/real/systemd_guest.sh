#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# systemd_guest.sh GTHULHU
#
# Boots a small Debian 12 with its own systemd as process 1, on Debian's kernel 6.18 with pure cgroup v2, and runs
# systemd_check.sh in it. Exits with its status; 77 (skipped) when BACKPORTS=0 says that there are no such kernels here.
# The Debian tree is made once by debootstrap and kept in the cache.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
vm=$here/../peers/kernel/vm.sh
program=${1:?usage: systemd_guest.sh GTHULHU}
if [[ ${BACKPORTS:-1} == 0 ]]; then
  echo "skipped: BACKPORTS=0, so there is no kernel to boot"
  exit 77
fi

cache=${GTHULHU_TESTPEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gthulhu-testpeers}
debian=$cache/debian-12-systemd
if [[ ! -d $debian ]]; then
  fresh=$(mktemp -d "$cache/debian.XXXXXX")
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus bookworm "$fresh" > "$fresh.log" 2>&1 ||
    { tail -n 20 "$fresh.log" >&2; rm -rf "$fresh" "$fresh.log"; exit 1; }
  rm -rf "$fresh.log" "$fresh"/{var/cache/apt,var/lib/apt,usr/share/{doc,man,locale,info,zoneinfo},usr/lib/x86_64-linux-gnu/perl-base}
  chmod 755 "$fresh"
  mv -T "$fresh" "$debian"
fi

release=$("$vm" get "${KERNEL:-6.18}")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cp -a "$debian/." "$tree/"
"$vm" pack "$tree" "$program"
install -m 755 "$here/systemd_check.sh" "$tree/check.sh"
ln -sf lib/systemd/systemd "$tree/init"
: > "$tree/etc/fstab"
: > "$tree/etc/machine-id"
cat > "$tree/etc/systemd/system/check.service" << 'UNIT'
[Unit]
After=dbus.service basic.target
Wants=dbus.service
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo @@begin; /check.sh; echo "@@exit $?"; systemctl poweroff -ff'
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
UNIT
units=$tree/etc/systemd/system
# The lines for a unit that docs/decision-maker.md shows, and the system calls of the profile that is shipped.
mkdir "$units/confined.service.d"
sed -n '/^```ini$/,/^```$/p' "$here/../../docs/decision-maker.md" | sed '/^```/d' > "$units/confined.service.d/rights.conf"
cat > "$units/confined.service" << 'UNIT'
[Service]
ExecStart=/bin/gthulhu decisionmaker --data-dir /run/confined --listen 127.0.0.1:8090
StandardError=append:/run/confined.log
UNIT
python3 - "$here/../../deployment/seccomp/gthulhu-decisionmaker.json" > "$tree/profile.calls" << 'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    rules = json.load(file)["syscalls"]
print(*(name for rule in rules if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]))
PYTHON
ln -sf /lib/systemd/system/multi-user.target "$units/default.target"
mkdir -p "$units/multi-user.target.wants"
ln -sf ../check.service "$units/multi-user.target.wants/check.service"
for unit in serial-getty@ttyS0.service getty.target apt-daily.timer apt-daily-upgrade.timer; do
  ln -sf /dev/null "$units/$unit"
done
MEM=2500 TIMEOUT=${TIMEOUT:-400} APPEND="systemd.show_status=0" "$vm" boot "$release" "$tree"
