#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# node.sh DIR INDEX    starts the real node nodeINDEX (1 to 9): Debian's containerd and runc, and a kubelet, in process, mount,
#                      network and cgroup namespaces of their own. Returns at once; the node is there when the API
#                      server says that it is ready.
#
# DIR is that of start.sh, which must have run in the same network namespace with CONTROLLERS='*' ADVERTISE=10.200.0.1. That
# namespace gets a bridge and routes: let it be one of its own (unshare --net), never the machine's. Containers may
# use the images localhost/busybox:1 and localhost/pause:1 with imagePullPolicy Never. The process in DIR/nodeINDEX.pid holds
# the namespaces; the node ends with it.
#
# Root, and cgroup v1 with or without an empty v2 beside it. Debian packages: group `nodes` of tools/packages.txt.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: node.sh DIR INDEX}" && pwd)
index=${2:?usage: node.sh DIR INDEX}
name=node$index node=$dir/node$index
gateway=10.200.0.1 address=10.200.0.$((1 + index))

fail() { echo "node.sh: $*" >&2; exit 1; }

[[ -s $dir/env ]] || fail "start.sh has not run in $dir"
[[ $(stat -f -c %T /sys/fs/cgroup) != cgroup2fs ]] || fail "only cgroup v1 has been tried, and this machine has pure v2"
# shellcheck source=/dev/null
. "$dir/env"
programs=$("$here/build.sh" nodes | tail -n 1)

make_images() {
  local work=$dir/images applet links=()
  [[ ! -s $work/busybox.tar ]] || return 0
  mkdir -p "$work"
  clang-19 -O2 -static -o "$work/pause" "$here/pause.c"
  for applet in sh sleep cat echo ls true nc httpd wget; do links+=("/bin/$applet->busybox"); done
  python3 "$here/make_image.py" "$work/pause.tar" localhost/pause:1 /pause "/pause=$work/pause"
  python3 "$here/make_image.py" "$work/busybox.tar" localhost/busybox:1 /bin/sh "/bin/busybox=$(command -v busybox)" "${links[@]}"
}

write_containerd_config() {
  cat > "$node/containerd.toml" << CONFIG
version = 2
root = "$node/containerd"
state = "$node/state"
[grpc]
  address = "$node/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE no oom_score_adj can be lowered, and runc would fail.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$node/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
CONFIG
  cat > "$node/cni/10-pods.conflist" << CONFIG
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": false,
   "ipam": {"type": "host-local", "dataDir": "$node/ipam", "ranges": [[{"subnet": "10.20$index.0.0/24"}]],
            "routes": [{"dst": "0.0.0.0/0"}]}}]}
CONFIG
}

write_kubelet_config() {
  cat > "$node/kubelet.yaml" << CONFIG
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
containerRuntimeEndpoint: unix://$node/containerd.sock
cgroupDriver: cgroupfs
failSwapOn: false
failCgroupV1: false
enforceNodeAllocatable: [none]
makeIPTablesUtilChains: false
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $dir/keys/ca.crt}}
authorization: {mode: Webhook}
podLogsDir: $node/logs
staticPodPath: $node/manifests
resolvConf: ""
volumePluginDir: $node/kubelet/exec
nodeStatusUpdateFrequency: 5s
shutdownGracePeriod: 0s
CONFIG
  [[ -s $dir/keys/$name.crt ]] ||
    "$here/issue.sh" "$dir/keys" "$name" "/O=system:nodes/CN=system:node:$name" 2> "$node/keys.log" || fail "see $node/keys.log"
  "$here/kubeconfig.sh" "$dir/keys" "$name" "https://$gateway:${KUBE_URL##*:}" > "$node/kubeconfig"
  # The kubelet sets these for the whole machine, unless they are so already: it is shown files that say that they are.
  printf '%s\n' "vm/overcommit_memory 1" "vm/panic_on_oom 0" "kernel/panic 10" "kernel/panic_on_oops 1" \
    "kernel/keys/root_maxkeys 1000000" "kernel/keys/root_maxbytes 25000000" > "$node/sysctls"
}

# The cgroup that the node takes for the root of everything: two kubelets each remove what the other one made.
enter_cgroup() {
  local pid=$1 root file
  basename "$dir" | sed "s/[^A-Za-z0-9]/-/g; s/\$/-$name/" > "$node/cgroup"
  for root in /sys/fs/cgroup/*/; do
    [[ -e $root/cgroup.procs ]] || continue
    root+=$(< "$node/cgroup")
    mkdir -p "$root"
    for file in cpuset.cpus cpuset.mems; do [[ ! -e $root/$file ]] || cat "$root/../$file" > "$root/$file"; done
    echo "$pid" > "$root/cgroup.procs"
  done
}

# The process `$1` has its own network namespace; it gets one end of a cable whose other end is in our bridge.
connect() {
  local pid=$1 other
  until [[ $(readlink "/proc/$pid/ns/net") != "$(readlink /proc/self/ns/net)" ]]; do
    kill -0 "$pid" 2> /dev/null || { cat "$node/inside.log" >&2; fail "$name ended at once"; }
    sleep 0.02
  done
  if ! ip link show nodes0 > /dev/null 2>&1; then
    ip link add nodes0 type bridge
    ip addr add "$gateway/24" dev nodes0
    ip link set nodes0 up
  fi
  ip link add "cable$index" type veth peer name cable netns "$pid"
  ip link set "cable$index" master nodes0 up
  ip route replace "10.20$index.0.0/24" via "$address"
  for other in 1 2 3 4 5 6 7 8 9; do
    [[ $other == "$index" ]] || echo "route add 10.20$other.0.0/24 via 10.200.0.$((1 + other))"
  done > "$node/routes"
}

mkdir -p "$node"/{cni,kubelet,logs,manifests}
make_images
write_containerd_config
write_kubelet_config
for setting in "name=$name" "node=$node" "images=$dir/images" "programs=$programs" "address=$address" "gateway=$gateway"; do
  printf '%q\n' "$setting"
done > "$node/settings"
(
  enter_cgroup "$BASHPID"
  exec setsid unshare --cgroup --net --mount --pid --fork --kill-child --mount-proc "$here/node_inside.sh" "$node/settings"
) > "$node/inside.log" 2>&1 < /dev/null &
echo $! > "$node.pid"
connect "$(< "$node.pid")"
