#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""seccomp_profile.py [--kill] PROFILE COMMAND [ARGUMENT...]: runs a command under a seccomp profile of OCI's format.

Through libseccomp, which is what container runtimes use. With --kill, what the profile refuses ends the process instead of
being an error that it may get over.
"""

import ctypes
import errno
import json
import os
import sys

LIBRARY = "libseccomp.so.2"
KILL_PROCESS, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
COMPARISONS = {"SCMP_CMP_NE": 1, "SCMP_CMP_LT": 2, "SCMP_CMP_LE": 3, "SCMP_CMP_EQ": 4, "SCMP_CMP_GE": 5, "SCMP_CMP_GT": 6,
               "SCMP_CMP_MASKED_EQ": 7}
ARCHITECTURES = {"SCMP_ARCH_X86_64": b"x86_64", "SCMP_ARCH_AARCH64": b"aarch64"}
NO_SUCH_NAME = -1  # other negative numbers: a name that this architecture does not have


class _Comparison(ctypes.Structure):
    """struct scmp_arg_cmp of seccomp.h."""
    _fields_ = [("index", ctypes.c_uint), ("op", ctypes.c_int), ("first", ctypes.c_uint64), ("second", ctypes.c_uint64)]


def library():
    found = ctypes.CDLL(LIBRARY)
    found.seccomp_init.restype = ctypes.c_void_p
    found.seccomp_init.argtypes = [ctypes.c_uint32]
    found.seccomp_load.argtypes = [ctypes.c_void_p]
    found.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint,
                                             ctypes.POINTER(_Comparison)]
    found.seccomp_arch_resolve_name.restype = ctypes.c_uint32
    found.seccomp_syscall_resolve_name_arch.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    return found


def unknown_names(profile):
    """(architecture, name) of each system call that libseccomp knows on none, which a runtime would leave out in silence."""
    seccomp = library()
    return [(architecture, name) for architecture in profile["architectures"] for rule in profile["syscalls"]
            for name in rule["names"]
            if seccomp.seccomp_syscall_resolve_name_arch(
                seccomp.seccomp_arch_resolve_name(ARCHITECTURES[architecture]), name.encode()) == NO_SUCH_NAME]


def action_of(name, error):
    return {"SCMP_ACT_ALLOW": ALLOW, "SCMP_ACT_ERRNO": ERRNO | (errno.EPERM if error is None else error)}[name]


def load(profile, kill=False):
    """For this process and whatever it starts, for good."""
    seccomp = library()
    default = action_of(profile["defaultAction"], profile.get("defaultErrnoRet"))
    context = seccomp.seccomp_init(KILL_PROCESS if kill else default)
    for rule in profile["syscalls"]:
        comparisons = [_Comparison(one["index"], COMPARISONS[one["op"]], one["value"], one.get("valueTwo", 0))
                       for one in rule.get("args", [])]
        for name in rule["names"]:
            number = seccomp.seccomp_syscall_resolve_name(name.encode())
            failed = seccomp.seccomp_rule_add_array(context, action_of(rule["action"], rule.get("errnoRet")), number,
                                                    len(comparisons), (_Comparison * len(comparisons))(*comparisons))
            if failed != 0 and number >= 0:
                raise OSError(-failed, os.strerror(-failed), name)
    failed = seccomp.seccomp_load(context)
    if failed != 0:
        raise OSError(-failed, os.strerror(-failed), "seccomp_load")


def main():
    arguments = sys.argv[1:]
    kill = arguments[:1] == ["--kill"]
    path, *command = arguments[1:] if kill else arguments
    with open(path, encoding="utf-8") as file:
        load(json.load(file), kill)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
