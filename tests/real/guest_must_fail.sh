#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# guest_must_fail.sh TEXT PROGRAM [ARGUMENT...]: passes when guest_test.sh fails with status 1 and says TEXT.
set -euo pipefail

text=${1:?usage: guest_must_fail.sh TEXT PROGRAM [ARGUMENT...]}
shift
status=0
output=$("$(dirname "$0")/guest_test.sh" "$@" 2>&1) || status=$?
echo "$output"
[[ $status != 77 ]] || exit 77
[[ $status == 1 ]] || { echo "guest_must_fail.sh: status $status instead of 1"; exit 1; }
grep -qF -- "$text" <<< "$output" || { echo "guest_must_fail.sh: '$text' is not in the output"; exit 1; }
