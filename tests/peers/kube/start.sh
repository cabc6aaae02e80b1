#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# start.sh DIR    starts etcd and kube-apiserver, and returns once they answer. What they write, their logs, process ids
#                 and keys are in DIR. Prints how long each took.
#
# DIR/env has, for shells, KUBECONFIG, KUBE_URL, KUBE_CA and ETCD_URL. The bearer `admin-token` may do all, `plain-token` only
# what RBAC gives to the user `plain`. Without controllers a namespace gets no service account `default`, which pods need.
#
# Environment:
#   CONTROLLERS ()  starts kube-controller-manager with these (`*` for real nodes) and kube-scheduler. Where nodes are only
#                   objects without a heartbeat: *,-node-lifecycle-controller,-pod-garbage-collector-controller,-taint-eviction-controller
#   ADVERTISE (127.0.0.1)  the address that nodes reach; another one makes the server listen on all addresses
#   APISERVER_ARGS ()      more arguments of kube-apiserver
#   and those of build.sh
#
# Debian packages: curl, openssl, python3.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=$(mkdir -p "${1:?usage: start.sh DIR}" && cd "$1" && pwd)
address=${ADVERTISE:-127.0.0.1}
bind=127.0.0.1
[[ $address == 127.0.0.1 ]] || bind=0.0.0.0
keys=$dir/keys
# shellcheck source=processes.sh
. "$here/processes.sh"
umask 077

if [[ -n ${CONTROLLERS:-} ]]; then built=$("$here/build.sh" nodes); else built=$("$here/build.sh" control); fi
programs=$(tail -n 1 <<< "$built")
# None of the servers can be given port 0 and asked for the port afterwards. Not of those that the kernel gives to clients
# (net.ipv4.ip_local_port_range): one of these may have it when a server comes back to it.
read -r -a ports < <(python3 -c 'import random, socket
sockets = []
while len(sockets) < 5:
    one = socket.socket()
    try:
        one.bind(("127.0.0.1", random.randrange(20000, 32000)))
    except OSError:
        continue
    sockets.append(one)
print(*(socket.getsockname()[1] for socket in sockets))')

fail() {
  echo "start.sh: $*" >&2
  "$here/stop.sh" "$dir"
  exit 1
}

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

# make_keys: an authority, the server's certificate, one for each client, and the key of service accounts.
make_keys() {
  local extensions=$keys/extensions alternatives=DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1,IP:$address
  mkdir -p "$keys"
  new_key "$keys/ca"
  openssl req -x509 -new -key "$keys/ca.key" -days 3650 -subj /CN=kube-test-ca -out "$keys/ca.crt" \
    -addext basicConstraints=critical,CA:true -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
  printf '%s\n' "subjectAltName=$alternatives" extendedKeyUsage=serverAuth > "$extensions"
  "$here/issue.sh" "$keys" apiserver /CN=kube-apiserver "$extensions"
  "$here/issue.sh" "$keys" admin /O=system:masters/CN=admin
  "$here/issue.sh" "$keys" kube-controller-manager /CN=system:kube-controller-manager
  "$here/issue.sh" "$keys" kube-scheduler /CN=system:kube-scheduler
  "$here/issue.sh" "$keys" kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
  openssl genrsa -out "$keys/accounts.key" 2048
  openssl rsa -in "$keys/accounts.key" -pubout -out "$keys/accounts.pub"
  printf 'admin-token,admin,admin-uid,"system:masters"\nplain-token,plain,plain-uid\n' > "$keys/tokens.csv"
}

ask() { curl -fsS --max-time 5 --cacert "$keys/ca.crt" -H "Authorization: Bearer admin-token" "$server$1"; }

started=$(date +%s%N)
took() { echo "$1: $((($(date +%s%N) - started) / 1000000)) ms after the start"; }

[[ -s $keys/tokens.csv ]] || make_keys 2> "$dir/keys.log" || { cat "$dir/keys.log" >&2; fail "no keys"; }
server=https://127.0.0.1:${ports[0]} etcd=http://127.0.0.1:${ports[1]} etcd_peer=http://127.0.0.1:${ports[2]}
for client in admin kube-controller-manager kube-scheduler; do
  "$here/kubeconfig.sh" "$keys" "$client" "$server" > "$dir/$client.kubeconfig"
done

begin etcd --name test --data-dir "$dir/etcd" --unsafe-no-fsync --quota-backend-bytes 2147483648 --log-level warn \
  --listen-client-urls "$etcd" --advertise-client-urls "$etcd" --listen-peer-urls "$etcd_peer" \
  --initial-advertise-peer-urls "$etcd_peer" --initial-cluster "test=$etcd_peer"
await etcd 60 curl -fsS "$etcd/readyz"
took etcd

for setting in "programs=$programs" "server=$server" "etcd=$etcd" "address=$address" "bind=$bind"; do
  printf '%q\n' "$setting"
done > "$dir/settings"
"$here/apiserver.sh" start "$dir" || fail "no API server"
took kube-apiserver

if [[ -n ${CONTROLLERS:-} ]]; then
  begin kube-controller-manager --kubeconfig "$dir/kube-controller-manager.kubeconfig" --use-service-account-credentials \
    --service-account-private-key-file "$keys/accounts.key" --root-ca-file "$keys/ca.crt" --leader-elect=false \
    --cluster-signing-cert-file "$keys/ca.crt" --cluster-signing-key-file "$keys/ca.key" \
    --bind-address 127.0.0.1 --secure-port "${ports[3]}" --controllers "$CONTROLLERS"
  begin kube-scheduler --kubeconfig "$dir/kube-scheduler.kubeconfig" --leader-elect=false \
    --authentication-kubeconfig "$dir/kube-scheduler.kubeconfig" --authorization-kubeconfig "$dir/kube-scheduler.kubeconfig" \
    --bind-address 127.0.0.1 --secure-port "${ports[4]}"
  await kube-controller-manager 60 ask /api/v1/namespaces/default/serviceaccounts/default
  took controllers
fi

printf 'export %s\n' "KUBECONFIG=$dir/admin.kubeconfig" "KUBE_URL=$server" "KUBE_CA=$keys/ca.crt" "ETCD_URL=$etcd" > "$dir/env"
