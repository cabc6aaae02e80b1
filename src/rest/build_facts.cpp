// SPDX-License-Identifier: Apache-2.0
#include "rest/build_facts.h"

namespace gthulhu::rest {

// Only this source knows the commit, so that a new one compiles nothing else anew.
BuildFacts build_facts() {
  return {GTHULHU_VERSION, GTHULHU_COMMIT, GTHULHU_COMPILER};
}

}  // namespace gthulhu::rest
