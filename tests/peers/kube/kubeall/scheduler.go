// SPDX-License-Identifier: Apache-2.0

//go:build scheduler

package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func init() {
	components["kube-scheduler"] = func([]string) { os.Exit(cli.Run(app.NewSchedulerCommand())) }
}
