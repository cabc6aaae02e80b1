# SPDX-License-Identifier: Apache-2.0
"""Programs and modules of PyPI in folders of their own, for the tests that need what Debian does not have."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def installed(name, requirements):
    """build/NAME, with what the file of requirements lists, which has the digest of each."""
    folder = ROOT / "build" / name
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_bytes() != requirements.read_bytes():
        print(f"installing {requirements.relative_to(ROOT)} into build/{name}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
                        "--only-binary", ":all:", "-r", requirements], check=True)
        stamp.write_bytes(requirements.read_bytes())
    return folder
