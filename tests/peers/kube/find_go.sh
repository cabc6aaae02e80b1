#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# find_go.sh    prints the path of a Go that can build Kubernetes 1.34 (1.24 or newer): $GO, `go`, or that of Debian's
#               package golang-1.25-go ($DEBIAN_GO, for tests: where that has it). Fails where there is none.
set -uo pipefail

for go in ${GO:-} go "${DEBIAN_GO:-/usr/lib/go-1.25/bin/go}"; do
  version=$(GOTOOLCHAIN=local "$go" env GOVERSION 2> /dev/null) || continue
  version=${version#go}
  if [[ $(printf '%s\n' 1.24 "${version%% *}" | sort -V | head -n 1) == 1.24 ]]; then
    command -v "$go"
    exit 0
  fi
done
echo "find_go.sh: no Go 1.24 or newer; install golang-1.25-go of trixie-backports" >&2
exit 1
