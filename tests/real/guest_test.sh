#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# guest_test.sh PROGRAM [ARGUMENT...]
#
# Runs a GoogleTest program as root in a guest: Debian's kernel 6.18 (KERNEL names another one), pure cgroup v2. Exits
# with its status; 77, which ctest counts as skipped, when BACKPORTS=0 says that there are no such kernels here. The
# program sees GTHULHU_GUEST=1. A run in which no test passed fails: such a guest would prove nothing.
set -euo pipefail

vm=$(cd "$(dirname "$0")/../peers/kernel" && pwd)/vm.sh
program=${1:?usage: guest_test.sh PROGRAM [ARGUMENT...]}
shift
if [[ ${BACKPORTS:-1} == 0 ]]; then
  echo "skipped: BACKPORTS=0, so there is no kernel to boot"
  exit 77
fi

release=$("$vm" get "${KERNEL:-6.18}")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
"$vm" pack "$tree" "$program"
{
  printf '#!/bin/sh\nexport GTHULHU_GUEST=1\nexec /bin/%q --gtest_color=no' "$(basename "$program")"
  [[ $# == 0 ]] || printf ' %q' "$@"
  echo
} > "$tree/main"
chmod +x "$tree/main"

for attempt in first second; do
  status=0
  output=$(TIMEOUT=${TIMEOUT:-110} "$vm" run "$release" "$tree") || status=$?
  # A guest that died before the program began: emulated kernels do so now and then, and nothing was tested.
  [[ $attempt == first && $status == 125 && -z $output ]] || break
  echo "guest_test.sh: the guest died before the program began, once more" >&2
done
echo "kernel $release"
echo "$output"
if [[ $status == 0 ]] && ! grep -qE '^\[  PASSED  \] [1-9][0-9]* tests?\.' <<< "$output"; then
  echo "guest_test.sh: no test passed in the guest" >&2
  exit 1
fi
exit "$status"
