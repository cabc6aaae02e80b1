// SPDX-License-Identifier: Apache-2.0

//go:build kubelet

package main

import (
	"context"
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kubelet/app"
)

func init() {
	components["kubelet"] = func([]string) { os.Exit(cli.Run(app.NewKubeletCommand(context.Background()))) }
}
