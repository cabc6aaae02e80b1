// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace gthulhu {

// `configured`, else the content of `file` (machine-id(5)), without blanks and line ends around it;
// "unknown-machine-id" when there is nothing.
std::string machine_id(const std::string& configured, const std::string& file = "/etc/machine-id");

}  // namespace gthulhu
