// SPDX-License-Identifier: Apache-2.0

// kubeall: one multi-call binary with the real Kubernetes components and etcd.
// The component is taken from the name it was called by (a symlink), or from
// the first argument. Which ones are in is chosen by build tags.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	_ "time/tzdata"
)

var components = map[string]func(args []string){}

func main() {
	args := os.Args
	run, ok := components[filepath.Base(args[0])]
	if !ok && len(args) > 1 {
		if run, ok = components[args[1]]; ok {
			args = args[1:]
		}
	}
	if !ok {
		var names []string
		for n := range components {
			names = append(names, n)
		}
		sort.Strings(names)
		fmt.Fprintln(os.Stderr, "usage: kubeall COMPONENT [ARGS]; components:", names)
		os.Exit(2)
	}
	os.Args = args
	run(args)
}
