#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""make_image.py OUT.tar NAME:TAG COMMAND[,ARGUMENT...] PATH=FILE|PATH->TARGET...

Makes an image of one layer, as `ctr images import` takes it: files of this machine and symbolic links."""

import hashlib
import io
import json
import sys
import tarfile

FOLDERS = ("bin", "etc", "tmp", "proc", "sys", "dev")


def add(archive, path, data=b"", mode=0o755, kind=tarfile.REGTYPE, target=""):
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.mode, entry.type, entry.linkname, entry.size = mode, kind, target, len(data)
    archive.addfile(entry, io.BytesIO(data))


def layer_of(entries):
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        for folder in FOLDERS:
            add(archive, folder, mode=0o1777 if folder == "tmp" else 0o755, kind=tarfile.DIRTYPE)
        add(archive, "etc/passwd", b"root:x:0:0:root:/:/bin/sh\n", 0o644)
        for entry in entries:
            if "->" in entry:
                path, target = entry.split("->")
                add(archive, path, kind=tarfile.SYMTYPE, target=target)
            else:
                path, file = entry.split("=", 1)
                with open(file, "rb") as source:
                    add(archive, path, source.read())
    return layer.getvalue()


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    out, name, command, entries = sys.argv[1], sys.argv[2], sys.argv[3].split(","), sys.argv[4:]
    layer = layer_of(entries)
    config = json.dumps({
        "architecture": "amd64", "os": "linux",
        "config": {"Cmd": command, "Env": ["PATH=/bin"], "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(out, "w") as archive:
        add(archive, config_name, config, 0o644)
        add(archive, "layer.tar", layer, 0o644)
        add(archive, "manifest.json", manifest, 0o644)


if __name__ == "__main__":
    main()
