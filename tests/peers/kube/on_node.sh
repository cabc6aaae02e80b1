#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# on_node.sh DIR INDEX COMMAND...    runs a command as a process of the node's system would run: with its processes, mounts and
#                                    cgroups, in its topmost cgroup; but with the caller's network. The command is the
#                                    only child of the process that this becomes.
set -euo pipefail
node=${1:?usage: on_node.sh DIR INDEX COMMAND...}/node${2:?}
shift 2
pid=$(< "$node.pid")
inside=$(cut -d " " -f 1 "/proc/$pid/task/$pid/children")
for root in /sys/fs/cgroup/*/"$(< "$node/cgroup")"; do
  [[ ! -e $root/cgroup.procs ]] || echo "$BASHPID" > "$root/cgroup.procs"
done
exec nsenter --target "$inside" --mount --pid --cgroup -- "$@"
