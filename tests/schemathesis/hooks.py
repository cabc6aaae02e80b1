# SPDX-License-Identifier: Apache-2.0
"""What schemathesis must know besides the documents: which texts are valid, and requests that need care.

Environment: API_TOKEN, the administrator's; MANAGER_URL, where a login for a token that may be ended goes."""

import json
import os
import time
import urllib.error
import urllib.request

import schemathesis

# Put behind texts that stand for themselves, one after another.
PATTERNS = ["", "$", ".*", "[a-z]+", "(ab|c)?", r"\d{1,3}", "(?i)x", "(?P<n>é)"]


def pattern_of(text):
    """A regular expression of RE2 that is made of any text."""
    literal = "".join(c if c.isalnum() or ord(c) > 0x7f else f"\\x{ord(c):02x}" for c in text[:100])
    return literal + PATTERNS[len(text) % len(PATTERNS)]


def filter_of(text):
    """A filter that both lists take."""
    return 'id:"a*" ' + text[:500].replace('"', " ").replace(":", " ")


def glob_of(text):
    return text[:300].replace("[", "[[]")


def made_valid(value, key=None):
    """The same body with texts that are what no schema can say."""
    if isinstance(value, dict):
        return {name: made_valid(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [made_valid(item, key) for item in value]
    if key == "commandRegex" and isinstance(value, str):
        return pattern_of(value)
    if key == "cgroupPaths" and isinstance(value, str):
        return glob_of(value)
    if key == "expiresAt" and isinstance(value, (int, float)) and 0 < value < (time.time() + 60) * 1000:
        return 0
    return value


@schemathesis.auth()
class Administrator:
    def get(self, case, context):
        return os.environ["API_TOKEN"]

    def set(self, case, data, context):
        case.headers["Authorization"] = "Bearer " + data


def another_token():
    """A token of a user of his own, who may lose it. Logins that were made up may have to be waited for."""
    body = json.dumps({"username": "leaving", "password": "a long enough one"}).encode()
    request = urllib.request.Request(os.environ["MANAGER_URL"] + "/api/v1/auth/login", body)
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)["data"]["token"]
        except urllib.error.HTTPError as refusal:
            if refusal.code != 429 or time.monotonic() > end:
                raise
            time.sleep(int(refusal.headers["Retry-After"]))


@schemathesis.hook
def before_call(context, case, **kwargs):
    # This request ends all tokens of whoever sends it: not those of this run.
    if case.operation.path == "/api/v1/auth/logout-all" and case.headers.get("Authorization", "").endswith(
            os.environ["API_TOKEN"]):
        case.headers["Authorization"] = "Bearer " + another_token()
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    # With Strict no member may be unknown.
    case.query.pop("fieldValidation", None)
    if "filter" in case.query:
        case.query["filter"] = filter_of(str(case.query["filter"]))
    if isinstance(case.body, dict):
        case.body = made_valid(case.body)
