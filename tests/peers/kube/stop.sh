#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# stop.sh DIR    ends, by process id, what start.sh and node.sh started with this DIR, and removes the nodes' cgroups. The
#                data and the logs stay.
set -uo pipefail
dir=${1:?usage: stop.sh DIR}

# shellcheck source=processes.sh
. "$(dirname "$0")/processes.sh"

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
