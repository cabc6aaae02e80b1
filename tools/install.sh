#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# install.sh GROUP...   installs what is missing of these groups of packages.txt, after saying what.
#
# Environment:
#   SKIP_INSTALL=1   does nothing (for machines whose packages somebody else looks after)
#   BACKPORTS=0      leaves the apt sources as they are, and installs nothing out of backports: the program is built
#                    without its BPF parts (its status says so), and tests that need these, other kernels or a newer Go
#                    count as skipped
#
# Group `real`, and any package out of backports that is missing, add the suites bookworm-backports and
# trixie-backports as apt sources where they are missing, with priority 100: nothing is taken from them unless it is
# asked for by suite or exists nowhere else.
# Needs nothing but what is in every Debian.
set -euo pipefail

list=$(dirname "$0")/packages.txt
[[ $# -gt 0 ]] || { echo "usage: install.sh GROUP..., see $list" >&2; exit 2; }
[[ ${SKIP_INSTALL:-0} != 1 ]] || exit 0

fail() { echo "install.sh: $*" >&2; exit 1; }

# The packages of the groups given, one a line.
wanted() {
  local group package reason known
  known=" $(sed -nE 's/^([a-z]+) .*/\1/p' "$list" | sort -u | tr '\n' ' ')"
  for group in "$@"; do [[ $known == *" $group "* ]] || fail "no group '$group' in $list"; done
  while read -r group package reason; do
    [[ -n $package && $group != "#"* && " $* " == *" $group "* ]] && echo "$package"
  done < "$list"
  return 0
}

# is_installed NAME [LEAST]
is_installed() {
  local state version
  read -r state version < <(dpkg-query -W -f '${db:Status-Abbrev} ${Version}\n' "$1" 2>/dev/null) || return 1
  [[ $state == ii* ]] && { [[ -z ${2:-} ]] || dpkg --compare-versions "$version" ge "$2"; }
}

# Any Go will do that can build Kubernetes, from wherever it came.
has_go() { "$(dirname "$0")/../tests/peers/kube/find_go.sh" > /dev/null 2>&1; }

# The suites that no apt source offers yet.
missing_suites() {
  local suite offered
  offered=$(apt-get indextargets --format '$(CODENAME)' 'Created-By: Packages' 2>/dev/null)
  for suite in bookworm-backports trixie-backports; do
    grep -qx "$suite" <<< "$offered" || echo "$suite"
  done
}

add_suites() {
  local mirror key=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
  printf '%s\n' "Types: deb" "URIs: ${mirror:-http://deb.debian.org/debian}" "Suites: $*" "Components: main" \
    "Signed-By: $key" > /etc/apt/sources.list.d/gthulhu-backports.sources
  printf 'Package: *\nPin: release n=%s\nPin-Priority: 100\n\n' bookworm-backports trixie-backports \
    > /etc/apt/preferences.d/gthulhu-backports
}

groups=("$@")
packages=$(wanted "${groups[@]}")
command -v dpkg-query > /dev/null && command -v apt-get > /dev/null ||
  fail "this is not Debian. Install by other means, then set SKIP_INSTALL=1:" $packages

missing=() suites=() needs_suites=0
[[ " ${groups[*]} " != *" real "* ]] || needs_suites=1
for package in $packages; do
  name=${package%%>=*} least='' suite=''
  if [[ $package == *">="*/* ]]; then
    least=${package#*>=} suite=${least#*/} least=${least%/*}
  fi
  ! is_installed "$name" "$least" || continue
  if [[ -n $suite ]]; then
    needs_suites=1 package=$name/$suite
    [[ ${BACKPORTS:-1} != 0 ]] || continue
  fi
  if [[ $package == golang-* ]]; then
    ! has_go || continue
    needs_suites=1
    [[ ${BACKPORTS:-1} != 0 ]] || continue
  fi
  missing+=("$package")
done
if [[ $needs_suites == 1 ]]; then
  if [[ ${BACKPORTS:-1} == 0 ]]; then
    echo "BACKPORTS=0: no apt source is added; BPF parts are left out where libbpf is too old, and tests that need" \
      "these, other kernels or a newer Go are skipped"
  else
    mapfile -t suites < <(missing_suites)
  fi
fi
[[ ${#missing[@]} -gt 0 || ${#suites[@]} -gt 0 ]] || exit 0

[[ ${#suites[@]} == 0 ]] || echo "About to add to the apt sources, with priority 100: ${suites[*]}"
[[ ${#missing[@]} == 0 ]] || echo "About to install ${#missing[@]} packages: ${missing[*]}"
[[ $(id -u) == 0 ]] || fail "only root can do that. Run it as root, or install these yourself and set SKIP_INSTALL=1"

[[ ${#suites[@]} == 0 ]] || add_suites "${suites[@]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -q < /dev/null
if [[ ${#missing[@]} -gt 0 ]]; then
  apt-get install -q -y --no-install-recommends "${missing[@]}" < /dev/null ||
    fail "apt-get failed. On Debian 12 all of these exist; is this another release, or is there no network?"
fi
