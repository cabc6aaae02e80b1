#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# every_kernel.sh PROGRAM... [-- ARGUMENT...]
#
# Runs GoogleTest programs, all with the same arguments, in guests with the newest Debian kernel of every line that has
# sched_ext (guest_test.sh) and prints a line for each; KERNELS="6.16 7.0" names the lines. The words `oldest`, `between`
# and `newest` are lines that the package lists offer, of those on which a scheduler loads. Fails when one failed, and
# then shows what it said. A guest that ends our scheduler because the kernel's own watchdog has not run for 30 s is
# booted once more: emulated kernels stand still for so long without it too (docs/scheduler.md, Kernels).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
vm=$here/../peers/kernel/vm.sh
programs=()
while [[ $# -gt 0 && $1 != -- ]]; do
  programs+=("$1")
  shift
done
[[ ${#programs[@]} -gt 0 ]] || { echo "usage: every_kernel.sh PROGRAM... [-- ARGUMENT...]" >&2; exit 2; }
[[ $# == 0 ]] || shift

lines() { "$vm" list | sed -E 's/^([0-9]+\.[0-9]+).*/\1/' | uniq; }
# Without those whose BTF is malformed.
usable_lines() { lines | grep -vxE '7\.[12]'; }
kernels=
for kernel in ${KERNELS:-$(lines)}; do
  case $kernel in
    oldest) kernel=$(usable_lines | head -n 1) ;;
    between) kernel=$(usable_lines | sed -n "$(($(usable_lines | wc -l) / 2 + 1))p") ;;
    newest) kernel=$(usable_lines | tail -n 1) ;;
  esac
  kernels+=" $kernel"
done

output=$(mktemp)
trap 'rm -f "$output"' EXIT
failed=0
for kernel in $kernels; do
  for program in "${programs[@]}"; do
    for attempt in first second; do
      status=0
      KERNEL=$kernel TIMEOUT=300 "$here/guest_test.sh" "$program" "$@" > "$output" 2>&1 < /dev/null || status=$?
      [[ $status != 0 && $attempt == first ]] && grep -q 'watchdog failed to check in' "$output" || break
      echo "$kernel $(basename "$program"): the guest's timers stood still, once more"
    done
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
