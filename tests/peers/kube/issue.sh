#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# issue.sh KEYS NAME SUBJECT [EXTENSIONS]    makes KEYS/NAME.key and KEYS/NAME.crt, signed by KEYS/ca; without a file of
#                                            extensions a client's certificate.
set -euo pipefail
cd "${1:?usage: issue.sh KEYS NAME SUBJECT [EXTENSIONS]}"
name=$2 subject=$3
umask 077
openssl ecparam -name prime256v1 -genkey -noout -out "$name.key"
openssl req -new -key "$name.key" -subj "$subject" -out "$name.csr"
openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -out "$name.crt" \
  -extfile "${4:-/dev/stdin}" <<< extendedKeyUsage=clientAuth
rm "$name.csr"
