// SPDX-License-Identifier: Apache-2.0
//
// CHECK stops the program on a broken invariant, also in release builds. It is
// for our own bugs, never for anything that came from outside.
#pragma once

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                                     \
  do {                                                                                       \
    if (!(condition)) {                                                                      \
      std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                          \
    }                                                                                        \
  } while (false)
