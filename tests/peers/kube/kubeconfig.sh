#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# kubeconfig.sh KEYS NAME URL    prints a kubeconfig for the client whose certificate is KEYS/NAME.crt.
set -euo pipefail
keys=${1:?usage: kubeconfig.sh KEYS NAME URL} name=$2 url=$3
cat << CONFIG
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "$url", certificate-authority: "$keys/ca.crt"}}]
users: [{name: $name, user: {client-certificate: "$keys/$name.crt", client-key: "$keys/$name.key"}}]
contexts: [{name: test, context: {cluster: test, user: $name}}]
current-context: test
CONFIG
