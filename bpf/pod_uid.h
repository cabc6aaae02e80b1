/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
 *
 * The UID of a pod in the name of its cgroup, as the kubelet's two drivers make it:
 * "pod<uid>" (cgroupfs) and "kubepods-burstable-pod<uid>.slice" (systemd, with '_' for '-'). A UID
 * has 32 hexadecimal digits, with separators or, for static pods, without.
 */
#pragma once

#include "scheduler_record.h"

enum {
  GTHULHU_CGROUP_NAME_MOST = 128, /* a longer one is no pod's */
  GTHULHU_POD_UID_DIGITS = 32,
};

static inline char gthulhu_letter_at(const char name[GTHULHU_CGROUP_NAME_MOST], __u64 index) {
#ifdef __bpf__
  /* The compiler would drop a mask that it can do without; the verifier cannot. */
  asm volatile("%0 &= %1" : "+r"(index) : "i"(GTHULHU_CGROUP_NAME_MOST - 1));
#endif
  return name[index];
}

/* `length` characters before the end at `end` are a UID, with its separators. The kernel's verifier
 * follows this: it has to see that `name` is not left, and no more ways through it than needed. */
static inline int gthulhu_read_pod_uid(const char name[GTHULHU_CGROUP_NAME_MOST],
                                       unsigned int end,
                                       unsigned int length,
                                       struct gthulhu_pod_uid* uid) {
  const unsigned int start = end - length;
  unsigned int wrong = 0, digits = 0;

  if (end < length + 3) return 0;
  if (gthulhu_letter_at(name, start - 3) != 'p' || gthulhu_letter_at(name, start - 2) != 'o' ||
      gthulhu_letter_at(name, start - 1) != 'd')
    return 0;
  uid->high = uid->low = 0;
  for (unsigned int i = 0; i < length; ++i) {
    const unsigned int letter = (unsigned char)gthulhu_letter_at(name, start + i);
    const unsigned int decimal = letter - '0', further = letter - 'a';
    const int is_separator = i == 8 || i == 13 || i == 18 || i == 23;

    if (length > GTHULHU_POD_UID_DIGITS && is_separator) {
      wrong |= letter != '-' && letter != '_';
      continue;
    }
    wrong |= decimal > 9 && further > 5;
    uid->high = uid->high << 4 | uid->low >> 60;
    uid->low = uid->low << 4 | ((decimal > 9 ? further + 10 : decimal) & 15);
    ++digits;
  }
  return !wrong && digits == GTHULHU_POD_UID_DIGITS;
}

/* `length` without the 0 at the end. False: no pod's. */
static inline int gthulhu_find_pod_uid(const char name[GTHULHU_CGROUP_NAME_MOST],
                                       unsigned int length,
                                       struct gthulhu_pod_uid* uid) {
  const unsigned int ending = 6; /* ".slice" */

  if (length >= GTHULHU_CGROUP_NAME_MOST) return 0;
  if (length > ending && gthulhu_letter_at(name, length - ending) == '.') length -= ending;
  return gthulhu_read_pod_uid(name, length, GTHULHU_POD_UID_DIGITS + 4, uid) ||
         gthulhu_read_pod_uid(name, length, GTHULHU_POD_UID_DIGITS, uid);
}
