// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/clock.h"
#include "base/random.h"

namespace gthulhu {

// A new id of 24 lower-case hex digits in the form of a MongoDB ObjectId: four bytes of seconds
// since the epoch, eight of chance
// (https://www.mongodb.com/docs/manual/reference/bson-types/#objectid).
std::string new_object_id(TimePoint now, Random& random);

}  // namespace gthulhu
