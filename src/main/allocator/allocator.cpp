// SPDX-License-Identifier: Apache-2.0
//
// How jemalloc, which is linked into the program in place of the C library's malloc, behaves here
// (docs/adr/0008-jemalloc.md). It reads this name before main().

// Memory that is free goes back to the kernel at once, not when there is something to do again: an
// idle server has no such moment. Two arenas, as few threads allocate at the same time.
extern "C" const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:0,muzzy_decay_ms:0,narenas:2";
