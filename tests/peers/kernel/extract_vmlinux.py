#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""extract_vmlinux.py VMLINUZ OUT: writes the ELF image that is packed inside a bootable kernel."""

import re
import subprocess
import sys

# First bytes of each packing that Debian's kernels have used, and what unpacks it.
PACKINGS = (
    (b"\x28\xb5\x2f\xfd", ["zstd", "-dc"]),
    (b"\xfd7zXZ\x00", ["xz", "-dc"]),
    (b"\x1f\x8b\x08", ["gzip", "-dc"]),
)


def elf_inside(image):
    for magic, command in PACKINGS:
        for place in re.finditer(re.escape(magic), image):
            # What follows the packed part is noise to the unpacker, so its exit status says nothing.
            unpacked = subprocess.run(
                command, input=image[place.start():], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
            ).stdout
            if unpacked.startswith(b"\x7fELF"):
                return unpacked
    return None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as packed:
        elf = elf_inside(packed.read())
    if elf is None:
        sys.exit(f"{sys.argv[1]}: no packed ELF image found")
    with open(sys.argv[2], "wb") as out:
        out.write(elf)


if __name__ == "__main__":
    main()
