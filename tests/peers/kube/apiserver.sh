#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# apiserver.sh start DIR    starts kube-apiserver for the etcd that start.sh has started with this DIR, on the port of
#                           before, and returns once it answers
# apiserver.sh stop DIR     ends it as an administrator would
# apiserver.sh kill DIR     ends it as a failure of its machine would
#
# What it keeps is in etcd, which goes on.
#
# Environment:
#   APISERVER_ARGS ()  more arguments of kube-apiserver; they may be others than before
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
action=${1:?usage: apiserver.sh start|stop|kill DIR}
dir=$(cd "${2:?usage: apiserver.sh start|stop|kill DIR}" && pwd)
keys=$dir/keys
# shellcheck source=/dev/null
. "$dir/settings"  # programs server etcd address bind
# shellcheck source=processes.sh
. "$here/processes.sh"
umask 077

fail() {
  echo "apiserver.sh: $*" >&2
  exit 1
}

is_ready() {
  curl -fsS --max-time 5 --cacert "$keys/ca.crt" -H "Authorization: Bearer admin-token" "$server/readyz"
}

# Without a reconciler of endpoints: it would refuse the loopback address again and again.
start() {
  # shellcheck disable=SC2086  # APISERVER_ARGS is a list
  begin kube-apiserver --etcd-servers "$etcd" --secure-port "${server##*:}" --bind-address "$bind" \
    --advertise-address "$address" --endpoint-reconciler-type none --kubelet-preferred-address-types InternalIP \
    --service-cluster-ip-range 10.96.0.0/16 \
    --tls-cert-file "$keys/apiserver.crt" --tls-private-key-file "$keys/apiserver.key" --client-ca-file "$keys/ca.crt" \
    --kubelet-client-certificate "$keys/kubelet-client.crt" --kubelet-client-key "$keys/kubelet-client.key" \
    --token-auth-file "$keys/tokens.csv" --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction \
    --service-account-issuer https://kubernetes.default.svc --api-audiences https://kubernetes.default.svc \
    --service-account-signing-key-file "$keys/accounts.key" --service-account-key-file "$keys/accounts.pub" \
    --allow-privileged=true --profiling=false ${APISERVER_ARGS:-}
  await kube-apiserver 120 is_ready
}

case $action in
  start) start ;;
  stop) end "$dir/kube-apiserver.pid" TERM ;;
  kill) end "$dir/kube-apiserver.pid" KILL ;;
  *) fail "no such action: $action" ;;
esac
