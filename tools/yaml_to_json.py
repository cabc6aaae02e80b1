#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""yaml_to_json.py FILE.yaml FILE.json: the same document as JSON without blanks, anchors and merge keys written out.

Members that begin with `x-` at the top of the document are left out: they hold what anchors name."""

import json
import sys

import yaml


def read(path):
    with open(path, encoding="utf-8") as file:
        document = yaml.safe_load(file)
    return {key: value for key, value in document.items() if not key.startswith("x-")}


def main(source, target):
    with open(target, "w", encoding="utf-8") as file:
        json.dump(read(source), file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
