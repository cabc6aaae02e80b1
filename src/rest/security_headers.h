// SPDX-License-Identifier: Apache-2.0
//
// The header fields that tell browsers what they may do with an answer.
#pragma once

#include "net/http.h"

namespace gthulhu::rest {

// For net::ServerSettings::every_answer: nothing is guessed, framed, run, kept or shown to other
// origins. An answer that needs more, such as a page with scripts, carries the field itself.
net::Headers security_headers();

}  // namespace gthulhu::rest
