# SPDX-License-Identifier: Apache-2.0
"""Holds answers against docs/api: every answer that a test sees must be one that the document describes.

Objects are taken as closed: a member of an answer that the document does not have is a fault, although a client must
expect some of a later version."""

import functools
import json
from pathlib import Path
from urllib.parse import unquote

import jsonschema
import yaml

DOCUMENTS = {"manager": "manager.yaml", "decisionmaker": "decisionmaker.yaml"}
# Any request may be answered so (info.description of the documents).
EVERYWHERE = {400, 408, 413, 417, 431, 500, 501, 503}
METHODS = {"get", "put", "post", "delete", "patch"}


def closed(schema):
    """The same schema with every object that lists its members refusing others."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: value if key in ("const", "enum", "default") else closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema and "anyOf" not in schema:
        result["additionalProperties"] = False
    return result


class ApiDocument:
    def __init__(self, document):
        self.document = document
        self.schemas = closed(document["components"]["schemas"])
        self.resolver = jsonschema.RefResolver("", {"components": {"schemas": self.schemas}})
        self.paths = sorted(document["paths"], key=lambda path: path.count("{"))  # the literal ones come first
        self.validators = {}

    @classmethod
    @functools.cache
    def of(cls, server):
        path = Path(__file__).resolve().parents[2] / "docs" / "api" / DOCUMENTS[server]
        return cls(yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader)))

    def problems(self, method, path, status, headers, content):
        """What of an answer the document does not allow; `headers` are (name, value), `content` is bytes."""
        fields = {name.lower(): value for name, value in headers}
        if method == "HEAD":
            content = None  # it never has any
        place = self.find(path.partition("?")[0])
        operation = place and self.document["paths"][place].get(method.lower() if method.isupper() else "")
        if operation is None or method.lower() not in METHODS:
            return self.router_problems(method, place, status, fields, content)
        response = self.resolved(operation["responses"].get(str(status)))
        if response is None:
            if status not in EVERYWHERE:
                return [f"{method} {place} must not be answered with {status}"]
            return self.body_problems(("error",), {"$ref": "#/components/schemas/Error"}, content)
        found = []
        for name, header in response.get("headers", {}).items():
            found += self.header_problems(name, self.resolved(header), fields.get(name.lower()))
        return found + self.content_problems((method, place, status), response.get("content", {}), fields, content)

    def find(self, path):
        """The document's path for one that was asked for."""
        asked = path.split("/")
        for known in self.paths:
            segments = known.split("/")
            if len(segments) == len(asked) and all(
                    own == got or (own.startswith("{") and unquote(got)) for own, got in zip(segments, asked)):
                return known
        return None

    def router_problems(self, method, place, status, fields, content):
        expected = {404} if place is None else {204} if method == "OPTIONS" else {405}
        if status not in expected | EVERYWHERE:
            return [f"{method} of an undocumented {'path' if place is None else 'method'} is answered with {status}"]
        found = [] if place is None or status in EVERYWHERE or "allow" in fields else ["there is no Allow"]
        if status in EVERYWHERE:
            return found + self.body_problems(("error",), {"$ref": "#/components/schemas/Error"}, content)
        if status == 204:
            return found
        return found + self.body_problems(("router",), {"$ref": "#/components/schemas/RouterError"}, content)

    def header_problems(self, name, header, value):
        if value is None:
            return [f"the header {name} is missing"] if header.get("required") else []
        schema = header["schema"]
        instance = int(value) if schema.get("type") == "integer" and value.isdecimal() else value
        return [f"the header {name}: {error.message}"
                for error in jsonschema.Draft202012Validator(schema).iter_errors(instance)]

    def content_problems(self, key, contents, fields, content):
        kind = fields.get("content-type", "").partition(";")[0]
        if not contents:
            return ["it has a body"] if content else []
        if kind not in contents:
            return [f"the content type is {kind!r}, not one of {', '.join(contents)}"]
        if kind != "application/json":
            return []
        return self.body_problems(key, contents[kind]["schema"], content)

    def body_problems(self, key, schema, content):
        if content is None:
            return []
        if key not in self.validators:
            self.validators[key] = jsonschema.Draft202012Validator(closed(schema), resolver=self.resolver)
        try:
            instance = json.loads(content)
        except ValueError as error:
            return [f"the body is not JSON: {error}"]
        return [f"the body{''.join(f'[{step!r}]' for step in error.absolute_path)}: {error.message[:500]}"
                for error in self.validators[key].iter_errors(instance)]

    def resolved(self, item):
        while item is not None and "$ref" in item:
            item = functools.reduce(dict.__getitem__, item["$ref"].removeprefix("#/").split("/"), self.document)
        return item


def check_answer(server, method, path, status, headers, content):
    """Raises AssertionError for an answer that the server's document does not describe."""
    found = ApiDocument.of(server).problems(method, path, status, headers, content)
    if found:
        raise AssertionError(f"{server}: the answer to {method} {path} ({status}) is not what docs/api says:\n  "
                             + "\n  ".join(found) + f"\n  {content[:1000]!r}")
