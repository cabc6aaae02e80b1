// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/program_costs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>

#include "tests/bench/scheduler/figures.h"

namespace gthulhu::bench {

namespace {

using Btf = Owned<btf, btf__free>;

// The kernel itself keeps the first 15 characters only.
std::string full_name(int program, const bpf_prog_info& known) {
  bpf_func_info function{};
  bpf_prog_info info{};
  info.nr_func_info = 1;
  info.func_info_rec_size = sizeof function;
  info.func_info = reinterpret_cast<std::uintptr_t>(&function);
  std::uint32_t size = sizeof info;
  const Btf types(btf__load_from_kernel_by_id(known.btf_id));
  if (types == nullptr || ::bpf_prog_get_info_by_fd(program, &info, &size) != 0) return known.name;
  const btf_type* const type = btf__type_by_id(types.get(), function.type_id);
  return type == nullptr ? known.name : btf__name_by_offset(types.get(), type->name_off);
}

}  // namespace

std::map<std::string, ProgramCost> program_costs() {
  std::map<std::string, ProgramCost> costs;
  for (std::uint32_t id = 0; ::bpf_prog_get_next_id(id, &id) == 0;) {
    const Fd program(::bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    std::uint32_t size = sizeof info;
    if (::bpf_prog_get_info_by_fd(program.get(), &info, &size) != 0) continue;
    costs[full_name(program.get(), info)] = {.verified = info.verified_insns,
                                             .bytes = info.jited_prog_len,
                                             .runs = info.run_cnt,
                                             .time = std::chrono::nanoseconds(info.run_time_ns)};
  }
  return costs;
}

Fd count_runs() {
  Fd counting(::bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!counting.valid()) fail("the kernel does not count runs of BPF programs");
  return counting;
}

}  // namespace gthulhu::bench
