// SPDX-License-Identifier: Apache-2.0
#include "main/surroundings.h"

#include "base/log.h"

namespace gthulhu {

Result<std::unique_ptr<Surroundings>> Surroundings::create() {
  auto made = std::make_unique<Surroundings>();
  made->network = TRY(net::NetworkThread::start(
      [](const Error& error) { log_error("network", {{"error", error.text()}}); }));
  return made;
}

}  // namespace gthulhu
