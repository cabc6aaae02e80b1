// SPDX-License-Identifier: Apache-2.0

//go:build kcm

package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func init() {
	components["kube-controller-manager"] = func([]string) { os.Exit(cli.Run(app.NewControllerManagerCommand())) }
}
