#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# node_inside.sh SETTINGS    is process 1 of a node, in namespaces that node.sh has made for it.
set -euo pipefail
# shellcheck source=/dev/null
. "${1:?usage: node_inside.sh SETTINGS}"  # name node images programs address gateway

# The machine's mounts of cgroups show all of the machine; mounts made in here show what is below this node's own cgroup.
mount_cgroups() {
  local controllers
  umount -R /sys/fs/cgroup
  mount -t tmpfs cgroups /sys/fs/cgroup
  while IFS=: read -r _ controllers _; do
    mkdir "/sys/fs/cgroup/${controllers:-unified}"
    case $controllers in
      '') mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified ;;
      name=*) mount -t cgroup -o "none,$controllers" cgroup "/sys/fs/cgroup/$controllers" ;;
      *) mount -t cgroup -o "$controllers" cgroup "/sys/fs/cgroup/$controllers" ;;
    esac
  done < /proc/self/cgroup
}

hide_sysctls() {
  local setting value
  while read -r setting value; do
    mkdir -p "$node/sysctl/$(dirname "$setting")"
    echo "$value" > "$node/sysctl/$setting"
    mount --bind "$node/sysctl/$setting" "/proc/sys/$setting"
  done < "$node/sysctls"
}

connect() {
  until ip link show cable > /dev/null 2>&1 && [[ -e $node/routes ]]; do sleep 0.02; done
  ip link set lo up
  ip addr add "$address/24" dev cable
  ip link set cable up
  ip route add default via "$gateway"
  ip -batch "$node/routes"
}

mount_cgroups
hide_sysctls
connect
mkdir -p /var/lib/kubelet /var/log/containers /run/netns
for folder in /var/lib/kubelet /var/log/containers /run/netns; do mount -t tmpfs node "$folder"; done
mount --make-rshared /

containerd -c "$node/containerd.toml" > "$node/containerd.log" 2>&1 &
until ctr -a "$node/containerd.sock" version > /dev/null 2>&1; do
  kill -0 $! || { tail -n 20 "$node/containerd.log"; exit 1; }
  sleep 0.1
done
for image in "$images"/*.tar; do ctr -a "$node/containerd.sock" -n k8s.io images import "$image"; done
"$programs/kubelet" --config "$node/kubelet.yaml" --kubeconfig "$node/kubeconfig" --hostname-override "$name" \
  --node-ip "$address" --root-dir "$node/kubelet" --cert-dir "$node/kubelet/pki" > "$node/kubelet.log" 2>&1 &
wait
