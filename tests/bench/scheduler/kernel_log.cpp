// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scheduler/kernel_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "base/text.h"
#include "tests/bench/scheduler/figures.h"

namespace gthulhu::bench {

namespace {

// Looks like a stall, so that a log without it is one that cannot be read. With its line end, else
// the kernel waits for more of it.
constexpr std::string_view marker = "scheduler_bench: a stall of nobody\n";

bool tells_of_a_stall(std::string_view line) {
  constexpr std::array<std::string_view, 4> words{"stall", "lockup", "hogged CPU for",
                                                  "blocked for more than"};
  return std::ranges::any_of(words, [line](auto word) { return line.find(word) != line.npos; });
}

}  // namespace

KernelLog::KernelLog() : file_(::open("/dev/kmsg", O_RDWR | O_NONBLOCK | O_CLOEXEC)) {
  if (!file_.valid() || ::lseek(file_.get(), 0, SEEK_END) < 0) fail("no log of the kernel");
}

int KernelLog::count_stalls() {
  if (::write(file_.get(), marker.data(), marker.size()) < 0)
    fail("the kernel's log takes nothing");
  int count = 0;
  bool has_marker = false;
  for (std::array<char, 8'192> record{};;) {
    const ssize_t got = ::read(file_.get(), record.data(), record.size());
    if (got < 0 && errno == EPIPE) fail("the kernel's log has lost lines");
    if (got <= 0) break;
    const std::string_view line(record.data(), static_cast<std::size_t>(got));
    if (line.find(trim(marker)) != std::string_view::npos) {
      has_marker = tells_of_a_stall(line);
    } else if (tells_of_a_stall(line)) {
      ++count;
    }
  }
  if (!has_marker) fail("the kernel's log does not have what was written to it");
  return count;
}

}  // namespace gthulhu::bench
