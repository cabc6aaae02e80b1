// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/figures.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace gthulhu::bench {

void Figures::tell(const std::string& load,
                   std::string_view figure,
                   double value,
                   std::string_view unit) {
  std::printf("%s\t%s\t%s\t%.6g\t%s\n", load.c_str(), arm_.c_str(), std::string(figure).c_str(),
              value, std::string(unit).c_str());
  std::fflush(stdout);
}

void Figures::tell_text(const std::string& load, std::string_view figure, std::string_view text) {
  std::printf("%s\t%s\t%s\t%s\ttext\n", load.c_str(), arm_.c_str(), std::string(figure).c_str(),
              std::string(text).c_str());
  std::fflush(stdout);
}

double percentile(const std::vector<std::uint64_t>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return static_cast<double>(sorted[std::max<std::size_t>(rank, 1) - 1]);
}

void fail(const std::string& what) {
  std::fprintf(stderr, "scheduler_bench: %s\n", what.c_str());
  std::exit(2);
}

}  // namespace gthulhu::bench
