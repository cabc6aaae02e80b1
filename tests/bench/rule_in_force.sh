#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# rule_in_force.sh GTHULHU RULE_IN_FORCE [ROUNDS]
#
# Boots a guest (Debian's kernel 6.18; KERNEL names another one), runs a decision maker there, and measures how soon
# rules that are posted to it are in force (rule_in_force.cpp says which figures). One CPU whose time goes by its
# instructions, two nanoseconds each; SMP=2 makes it two that go by the host's clock.
set -euo pipefail

vm=$(cd "$(dirname "$0")/../peers/kernel" && pwd)/vm.sh
[[ $# -ge 2 ]] || { echo "usage: rule_in_force.sh GTHULHU RULE_IN_FORCE [ROUNDS]" >&2; exit 2; }
release=$("$vm" get "${KERNEL:-6.18}")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
"$vm" pack "$tree" "$1"
"$vm" pack "$tree" "$2"
cat > "$tree/main" << MAIN
#!/bin/sh
mkdir -p /sys/fs/bpf /run/state
mount -t bpf bpf /sys/fs/bpf
/bin/gthulhu decisionmaker --data-dir /run/state > /run/log 2>&1 &
tries=60
until grep -q listening /run/log || [ \$tries = 0 ]; do sleep 1; tries=\$((tries - 1)); done
/bin/rule_in_force /run/state ${3:-500} || { cat /run/log; exit 1; }
MAIN
chmod +x "$tree/main"

export SMP=${SMP:-1}
if [[ $SMP == 1 ]]; then export QEMU_ARGS="-icount shift=1,sleep=off" APPEND=tsc_early_khz=1000000; fi
echo "kernel $release, $SMP CPU"
TIMEOUT=${TIMEOUT:-570} "$vm" run "$release" "$tree"
