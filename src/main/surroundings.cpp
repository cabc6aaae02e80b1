// SPDX-License-Identifier: Apache-2.0
#include "main/surroundings.h"

#include <sys/resource.h>

#include "base/log.h"

namespace gthulhu {

namespace {

// Connections, watches and cgroups each take a descriptor; the soft limit of most systems is 1,024.
void allow_many_descriptors() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0)
    log_warning("the limit of open files stays as it is");
}

}  // namespace

Result<std::unique_ptr<Surroundings>> Surroundings::create() {
  allow_many_descriptors();
  auto made = std::make_unique<Surroundings>();
  made->network = TRY(net::NetworkThread::start(
      [](const Error& error) { log_error("network", {{"error", error.text()}}); }));
  return made;
}

}  // namespace gthulhu
