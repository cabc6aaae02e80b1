// SPDX-License-Identifier: Apache-2.0

//go:build etcd

package main

import "go.etcd.io/etcd/server/v3/etcdmain"

func init() {
	components["etcd"] = func(args []string) { etcdmain.Main(args) }
}
