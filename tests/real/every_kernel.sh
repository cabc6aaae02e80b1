#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# every_kernel.sh PROGRAM...
#
# Runs GoogleTest programs in guests with the newest Debian kernel of every line that has sched_ext (guest_test.sh) and
# prints a line for each; KERNELS="6.16 7.0" names the lines. Fails when one failed, and then shows what it said.
set -euo pipefail

# On one thread: where the kernel patches its own code, as for tracepoints, a CPU that QEMU emulates on another thread may run
# the old one and meet a breakpoint that nobody knows any more.
export ACCEL=${ACCEL:-tcg,thread=single}

here=$(cd "$(dirname "$0")" && pwd)
vm=$here/../peers/kernel/vm.sh
[[ $# -gt 0 ]] || { echo "usage: every_kernel.sh PROGRAM..." >&2; exit 2; }
kernels=${KERNELS:-$("$vm" list | sed -E 's/^([0-9]+\.[0-9]+).*/\1/' | uniq)}

output=$(mktemp)
trap 'rm -f "$output"' EXIT
failed=0
for kernel in $kernels; do
  for program in "$@"; do
    status=0
    KERNEL=$kernel TIMEOUT=300 "$here/guest_test.sh" "$program" > "$output" 2>&1 < /dev/null || status=$?
    if [[ $status == 77 ]]; then
      cat "$output"
      exit 77
    elif [[ $status == 0 ]]; then
      echo "$(sed -n 's/^kernel //p' "$output") $(basename "$program"): $(grep -E '^\[  PASSED' "$output")"
    else
      failed=1
      echo "$kernel $(basename "$program"): failed"
      cat "$output"
    fi
  done
done
exit "$failed"
