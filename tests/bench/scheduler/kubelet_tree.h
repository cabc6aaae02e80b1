// SPDX-License-Identifier: Apache-2.0
//
// The cgroups that a kubelet and a container runtime make for pods, on pure cgroup v2, with the
// values that they write there.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/scheduler/busy_tree.h"

namespace gthulhu::bench {

// How cpu.shares become cpu.weight.
enum class WeightFormula {
  // KEP 2254: 1 + (shares - 2) * 9999 / 262142. Kubelets before 1.35, runc before 1.3.2.
  linear,
  // 10^((l^2 + 125 l) / 612 - 7 / 34), rounded up, l the logarithm of shares to the base 2:
  // https://kubernetes.io/blog/2026/01/30/new-cgroup-v1-to-v2-cpu-conversion-formula/
  quadratic,
};

// 1,024 for each CPU, two at least: MilliCPUToShares() of the kubelet's pkg/kubelet/cm.
int shares_of(int request_millicpu);

// For 2…262144 shares.
int weight_of(int shares, WeightFormula formula);

// One pod of one container.
struct PodSpec {
  std::string qos;           // guaranteed, burstable, besteffort
  int request_millicpu = 0;  // 0: none
  int limit_millicpu = 0;    // a multiple of 10; 0: none
};

struct KubeletTree {
  std::vector<BusyCgroup> cgroups;      // parents first
  std::vector<std::size_t> containers;  // where that of each pod is in them
};

// kubepods of a node with so many CPUs and nothing reserved, the QoS cgroups and the pods, with
// `hogs` in each container. `driver` is cgroupfs or systemd. Names of pods and containers are those
// of tests/fixtures/cgroup_paths.tsv; ends the program where it has too few.
KubeletTree kubelet_tree(const std::string& driver,
                         WeightFormula formula,
                         int cpus,
                         const std::vector<PodSpec>& pods,
                         int hogs);

}  // namespace gthulhu::bench
