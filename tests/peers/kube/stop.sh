#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# stop.sh DIR    ends, by process id, what start.sh and node.sh started with this DIR, and removes the nodes' cgroups. The
#                data and the logs stay.
set -uo pipefail
dir=${1:?usage: stop.sh DIR}

# Not so of one that has ended and whose parent does not ask for it, as process 1 of a container may be.
is_running() {
  local stat
  stat=$(cat "/proc/$1/stat" 2> /dev/null) && [[ ${stat##*) } != Z* ]]
}

# end PIDFILE SIGNAL: with that signal, and with KILL what is still there after ten seconds.
end() {
  local pid
  [[ -s $1 ]] || return 0
  pid=$(< "$1")
  kill "-$2" "$pid" 2> /dev/null
  for _ in $(seq 100); do
    is_running "$pid" || break
    sleep 0.1
  done
  ! is_running "$pid" || kill -KILL "$pid"
  rm -f "$1"
}

# unshare ignores TERM. With it its process namespace ends, and with that all network and mounts of the node.
for file in "$dir"/node*.pid; do end "$file" KILL; done
for name in kube-scheduler kube-controller-manager kube-apiserver etcd; do end "$dir/$name.pid" TERM; done

for file in "$dir"/node*/cgroup; do
  [[ -s $file ]] || continue
  for root in /sys/fs/cgroup/*/"$(< "$file")"; do
    [[ -d $root ]] || continue
    # The last of the processes may still be on their way out.
    for _ in $(seq 50); do
      find "$root" -depth -type d -exec rmdir {} + 2> /dev/null && break
      sleep 0.1
    done
  done
done
exit 0
