// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"

namespace gthulhu {

// At least 8 and at most 1,024 characters. Errc::invalid_argument; the message begins with `field`.
Result<> check_new_password(std::string_view password, std::string_view field);

// 24 letters and digits without those that are easily confused: about 138 bits of chance.
std::string make_up_password(Random& random);

}  // namespace gthulhu
