#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds Kubernetes and etcd out of their Go modules as one program, once, into the cache.
#
#   build.sh control    kube-apiserver and etcd
#   build.sh nodes      these, and controller manager, scheduler, kubelet and kubectl
#
# Prints, as its last line, the directory with a link for each of them. Two builds never run at once: the second waits for
# the first, and does nothing when that made what it wants. A build that fails prints the end of its log.
#
# Environment:
#   GTHULHU_TESTPEERS  the cache (${XDG_CACHE_HOME:-$HOME/.cache}/gthulhu-testpeers)
#   KUBE_VERSION (1.34.4)
#   GO                 the Go to build with; without it `go` where that is new enough, else Debian's golang-1.25-go
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
version=${KUBE_VERSION:-1.34.4}
cache=${GTHULHU_TESTPEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gthulhu-testpeers}/kube-$version
export GOMODCACHE=$cache/modules GOCACHE=$cache/objects CGO_ENABLED=0 GOWORK=off GOTOOLCHAIN=local
export GOFLAGS="-mod=mod -buildvcs=false -trimpath -modcacherw"

declare -A programs=(
  [control]="kube-apiserver etcd"
  [nodes]="kube-apiserver etcd kube-controller-manager kube-scheduler kubelet kubectl")
declare -A tags=([control]="etcd" [nodes]="etcd,kcm,scheduler,kubelet,kubectl")

fail() { echo "build.sh: $*" >&2; exit 1; }

# go.mod is Kubernetes' own, so that the very versions of the release are used and none has to be looked up. Only its
# staging modules, which it has as ./staging/..., which no module contains, are replaced by their releases.
write_go_mod() {
  local original=$1 staging=v0.${version#*.}
  echo "module kubeall"
  grep -E '^go(debug)? ' "$original"
  echo "require k8s.io/kubernetes v$version"
  sed -n '/^require (/,/^)/p' "$original" | sed -E "s#^(\tk8s.io/[a-z-]+) v0\.0\.0( .*)?\$#\1 $staging#"
  sed -nE "s#^\t(k8s.io/[a-z-]+) => \./staging/src/.*#replace \1 => \1 $staging#p" "$original"
}

build() {
  local set=$1 module flags=k8s.io/component-base/version
  rm -rf "$cache/source"
  mkdir -p "$cache/source"
  cp "$here"/kubeall/*.go "$cache/source/"
  cd "$cache/source"
  module=$(cd / && "$go" mod download -json "k8s.io/kubernetes@v$version") || { echo "$module"; return 1; }
  write_go_mod "$(sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p' <<< "$module")" > go.mod
  # Without these the server calls itself v0.0.0-master.
  flags="-s -w -X $flags.gitVersion=v$version -X $flags.gitMajor=${version%%.*} -X $flags.gitTreeState=clean
    -X $flags.gitMinor=$(cut -d. -f2 <<< "$version") -X k8s.io/client-go/pkg/version.gitVersion=v$version"
  nice -n 19 "$go" build -tags "${tags[$set]}" -ldflags "$flags" -o "$cache/new/kubeall" .
}

sources() { cat "$here"/kubeall/*.go "$0" | sha256sum; }

exit_if_made() {
  local made
  # What nodes need contains what is needed without them.
  for made in "$set" nodes; do
    [[ $(cat "$cache/$made/sources" 2> /dev/null) == "$(sources)" ]] || continue
    echo "$cache/$made"
    exit 0
  done
}

set=${1:-}
[[ -n ${programs[$set]:-} ]] || { sed -nE '/^#   build\.sh/,/^#$/s/^# ?//p' "$0" >&2; exit 2; }
mkdir -p "$cache"
exit_if_made
exec 9> "$cache/lock"
flock 9
exit_if_made

go=$("$here/find_go.sh")
start=$SECONDS
rm -rf "$cache/new"
mkdir "$cache/new"
(build "$set") > "$cache/$set.log" 2>&1 9>&- || { tail -n 40 "$cache/$set.log" >&2; fail "the build failed, see $cache/$set.log"; }
for program in ${programs[$set]}; do ln -s kubeall "$cache/new/$program"; done
sources > "$cache/new/sources"
rm -rf "${cache:?}/$set"
mv "$cache/new" "$cache/$set"
echo "built Kubernetes $version in $((SECONDS - start)) s: ${programs[$set]}"
echo "$cache/$set"
