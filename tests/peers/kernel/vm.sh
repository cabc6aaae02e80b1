#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs a program as root on another kernel of Debian, in QEMU with software emulation (no KVM needed).
#
#   vm.sh list                 kernel releases that the package lists offer, oldest first
#   vm.sh get [RELEASE]        downloads and unpacks a kernel into the cache, prints its release. RELEASE may be the
#                              beginning of one, such as 6.18 (the default): then the newest of these in the cache or,
#                              when that has none, in the package lists
#   vm.sh headers RELEASE      makes vmlinux.h out of the kernel's BTF, prints its path
#   vm.sh pack DIR PROGRAM...  copies programs into DIR/bin without their debug information, and the libraries
#                              and the loader that they need to where they look for them
#   vm.sh run RELEASE DIR      boots with DIR as the file tree, runs the executable DIR/main as root, prints its output
#                              and exits with its status; 124 when the time is over, 125 when the guest died
#   vm.sh boot RELEASE DIR     boots DIR as it is: DIR/init is process 1, and prints "@@begin" before and "@@exit STATUS"
#                              after what it has to say on the console; otherwise as run
#
# The guest has pure cgroup v2 with every controller on, busybox, terminals, a loopback device, and no network and no disk.
# Environment:
#   GTHULHU_TESTPEERS  the cache (${XDG_CACHE_HOME:-$HOME/.cache}/gthulhu-testpeers)
#   TIMEOUT (120)      seconds that a run may take
#   SMP (2; also with a topology, 8,sockets=2,cores=2,threads=2)  MEM (1024, MiB)
#   ACCEL (tcg,thread=single)  with thread=multi CPUs are emulated at the same time, but a guest may die: where the kernel
#                      patches its own code, as it does when it boots and for tracepoints, a CPU on another thread may run
#                      the old one and meet a breakpoint that nobody knows any more
#   APPEND ()          more kernel parameters          QEMU_ARGS ()  more arguments of QEMU
#   MODULES ()         kernel modules to load, by name
#
# Debian packages: group `real` of tools/packages.txt. The kernels are in the suite trixie-backports, which must be an
# apt source (tools/install.sh real adds it). Nothing is installed: the package is only unpacked.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${GTHULHU_TESTPEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/gthulhu-testpeers}/kernel

fail() { echo "vm.sh: $*" >&2; exit 1; }

# sched_ext exists since 6.12, but Debian has it on only from 6.16.
list_releases() {
  apt-cache pkgnames linux-image- |
    sed -nE 's/^linux-image-((6\.(1[6-9]|[2-9][0-9])|[7-9]\.[0-9]+)[^ ]*-cloud-amd64)$/\1/p' | sort -V
}

# The newest release that is, or begins with, $1, out of the lines on standard input.
newest_like() {
  local line found=
  while read -r line; do [[ $line != "$1" && $line != "$1".* ]] || found=$line; done
  echo "$found"
}

cached_releases() {
  local file
  for file in "$cache"/*/vmlinuz; do [[ ! -s $file ]] || basename "$(dirname "$file")"; done | sort -V
}

get_kernel() {
  local wanted=${1:-6.18} release work package packages=()
  release=$(cached_releases | newest_like "$wanted")
  [[ -n $release ]] || release=$(list_releases | newest_like "$wanted")
  [[ -n $release ]] || fail "no kernel $wanted in the package lists or the cache. Is trixie-backports an apt source?"
  if [[ ! -s $cache/$release/vmlinuz ]]; then
    # Newer releases split the package: the files are in linux-binary-, linux-modules- and linux-base-.
    for package in "linux-"{image,binary,modules,base}"-$release"; do
      # Names without a version are only wanted by others; `show` succeeds for them all the same.
      [[ $(apt-cache show "$package" 2> /dev/null) != *Version:* ]] || packages+=("$package")
    done
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/new.XXXXXX")
    # apt downloads as another user, who may not pass a private home directory.
    (cd "$work" && apt-get download -q -o APT::Sandbox::User=root "${packages[@]}" >&2 < /dev/null) ||
      { rm -rf "$work"; fail "the kernel $release could not be downloaded"; }
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; rm "$package"; done
    mv "$(find "$work/root" -name 'vmlinuz*' -type f -print -quit)" "$work/vmlinuz"
    rm -rf "${cache:?}/$release"
    mv "$work" "$cache/$release"
  fi
  echo "$release"
}

make_headers() {
  local dir=$cache/${1:?RELEASE}
  [[ -s $dir/vmlinuz ]] || fail "kernel $1 is not in the cache: vm.sh get $1"
  if [[ ! -s $dir/vmlinux.h ]]; then
    python3 "$here/extract_vmlinux.py" "$dir/vmlinuz" "$dir/vmlinux"
    objcopy --dump-section .BTF="$dir/btf" "$dir/vmlinux" /dev/null 2> /dev/null ||
      objcopy --dump-section .BTF="$dir/btf" "$dir/vmlinux"
    bpftool btf dump file "$dir/btf" format c > "$dir/vmlinux.h.new"
    mv "$dir/vmlinux.h.new" "$dir/vmlinux.h"
    rm -f "$dir/vmlinux" "$dir/btf"
  fi
  echo "$dir/vmlinux.h"
}

pack_programs() {
  local dir=${1:?DIR} program library
  shift
  mkdir -p "$dir/bin"
  for program in "$@"; do
    [[ -x $program ]] || fail "$program is no program"
    objcopy --strip-debug "$program" "$dir/bin/$(basename "$program")"
    # Lines of ldd that name a file: "libx.so => /path (address)" and, the loader, "/path (address)".
    while read -r library; do
      [[ -e $dir$library ]] || install -D "$library" "$dir$library"
    done < <(ldd "$program" | sed -nE 's/^[^/]*(\/[^ ]+) \(0x.*/\1/p')
  done
}

write_init() {
  cat > "$1" << 'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/tmp
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm; mount -t devpts devpts /dev/pts; mount -t tmpfs shm /dev/shm
mount -t tmpfs tmp /tmp; mount -t tmpfs run /run
mount -t cgroup2 cgroup2 /sys/fs/cgroup; mount -t bpf bpf /sys/fs/bpf
mount -t debugfs debug /sys/kernel/debug; mount -t tracefs trace /sys/kernel/tracing
for c in $(cat /sys/fs/cgroup/cgroup.controllers); do echo +$c > /sys/fs/cgroup/cgroup.subtree_control; done
for m in /modules/*.ko; do [ -e $m ] && insmod $m; done
ip link set lo up
echo @@begin; /main </dev/null; echo "@@exit $?"
poweroff -f
INIT
  chmod +x "$1"
}

add_module() {  # add_module RELEASE NAME TREE
  local file
  file=$(find "$cache/$1/root" -name "$2.ko*" -print -quit)
  [[ -n $file ]] || fail "kernel $1 has no module $2"
  mkdir -p "$3/modules"
  case $file in
    *.xz) xz -dc "$file" > "$3/modules/$2.ko" ;;
    *.zst) zstd -dcq "$file" > "$3/modules/$2.ko" ;;
    *) cp "$file" "$3/modules/" ;;
  esac
}

new_work() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
}

run_guest() {
  local release=${1:?RELEASE} root module
  root=$(cd "${2:?DIR}" && pwd)
  [[ -s $cache/$release/vmlinuz ]] || fail "kernel $release is not in the cache: vm.sh get $release"
  [[ -x $root/main ]] || fail "$root/main is no program"
  new_work
  mkdir -p "$work/tree"/{bin,proc,sys,dev,tmp,run}
  cp "$(command -v busybox)" "$work/tree/bin/busybox"
  cp -a "$root/." "$work/tree/"
  for module in ${MODULES:-}; do add_module "$release" "$module" "$work/tree"; done
  write_init "$work/tree/init"
  boot_tree "$release" "$work/tree"
}

# Boots a directory as it is, with its /init as process 1, and exits with the status that the guest prints.
boot_tree() {
  local release=${1:?RELEASE} tree khz status=0 answer
  tree=$(cd "${2:?DIR}" && pwd)
  [[ -s $cache/$release/vmlinuz ]] || fail "kernel $release is not in the cache: vm.sh get $release"
  [[ -n ${work:-} ]] || new_work
  (cd "$tree" && find . -print0 | cpio --quiet --null -o -H newc -R 0:0 | gzip -1 > "$work/initrd")

  # A fixed TSC rate: otherwise the guest measures its clock under the host's load and its seconds are no seconds.
  khz=$(awk '/^cpu MHz/ { printf "%d", $4 * 1000; exit }' /proc/cpuinfo)
  # shellcheck disable=SC2086  # QEMU_ARGS is a list
  timeout --foreground "${TIMEOUT:-120}" qemu-system-x86_64 -accel "${ACCEL:-tcg,thread=single}" ${QEMU_ARGS:-} \
    -cpu max -smp "${SMP:-2}" -m "${MEM:-1024}" -no-reboot -nographic -net none \
    -kernel "$cache/$release/vmlinuz" -initrd "$work/initrd" \
    -append "console=ttyS0 quiet panic=-1 tsc_early_khz=$khz tsc=reliable ${APPEND:-}" \
    < /dev/null > "$work/console" 2>&1 || status=$?

  tr -d '\r' < "$work/console" | sed -e '1,/@@begin$/d' -e '/^@@exit /,$d'
  [[ $status != 124 ]] || { echo "vm.sh: not done after ${TIMEOUT:-120} s" >&2; exit 124; }
  answer=$(tr -d '\r' < "$work/console" | sed -n 's/^@@exit //p' | tail -n 1)
  if [[ -z $answer ]]; then
    tail -n 20 "$work/console" >&2
    echo "vm.sh: the guest ended without a status" >&2
    exit 125
  fi
  exit "$answer"
}

usage() { sed -nE '/^#   vm\.sh/,/^#$/s/^# ?//p' "$0" >&2; exit 2; }

command=${1:-}
shift || usage
case $command in
  list) list_releases ;;
  get) get_kernel "$@" ;;
  headers) make_headers "$@" ;;
  pack) pack_programs "$@" ;;
  run) run_guest "$@" ;;
  boot) boot_tree "$@" ;;
  *) usage ;;
esac
