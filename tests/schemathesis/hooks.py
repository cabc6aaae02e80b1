# SPDX-License-Identifier: Apache-2.0
"""What schemathesis must know besides the document: texts of our own formats, and requests that need care.

Environment: API_TOKEN, the administrator's; MANAGER_URL, where a login for a token that may be ended goes."""

import json
import os
import time
import urllib.request

import schemathesis
from hypothesis import strategies as st

LETTERS = st.sampled_from("abcXYZ019-_ ")
WORD = st.text(LETTERS, min_size=1, max_size=8)
# What RE2 takes, short enough to be cheap.
ATOM = st.one_of(WORD, st.sampled_from([".", "[a-z]", "[^0-9]", "(ab|c)", r"\d", "(?i)x", "é", "(?P<n>x)"]))
PART = st.tuples(ATOM, st.sampled_from(["", "*", "+?", "{1,3}"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}")
schemathesis.openapi.format("re2", st.tuples(
    st.sampled_from(["", "^"]), st.lists(PART, max_size=4).map("".join), st.sampled_from(["", "$"])).map("".join))
schemathesis.openapi.format("cgroup-glob", st.tuples(
    st.sampled_from(["/", "**", "**/"]),
    st.lists(st.one_of(WORD, st.sampled_from(["*", "?", "/", "[a-z]", "[!x]", "[*]"])), max_size=5).map("".join),
).map("".join))


def filters(fields, with_labels):
    signs = ["="] if with_labels else []
    term = st.one_of(
        WORD.map(str.strip), WORD.map(lambda text: f'"{text}"'),
        st.tuples(st.sampled_from(fields), WORD).map(lambda pair: f'{pair[0]}:"{pair[1]}*"'),
        *[st.tuples(st.sampled_from(["app", "tier!"]), WORD.map(str.strip)).map(sign.join) for sign in signs])
    return st.lists(term, max_size=4).map(" ".join)


schemathesis.openapi.format("strategy-filter", filters(["id", "name", "ns", "owner", "tenant", "enabled"], False))
schemathesis.openapi.format("intent-filter", filters(["id", "strategy", "ns", "pod", "node", "state"], True))


@schemathesis.auth()
class Administrator:
    def get(self, case, context):
        return os.environ["API_TOKEN"]

    def set(self, case, data, context):
        case.headers["Authorization"] = "Bearer " + data


def another_token():
    """A token of a user of his own, who may lose it."""
    body = json.dumps({"username": "leaving", "password": "a long enough one"}).encode()
    request = urllib.request.Request(os.environ["MANAGER_URL"] + "/api/v1/auth/login", body)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["data"]["token"]


@schemathesis.hook
def before_call(context, case, **kwargs):
    # This request ends all tokens of whoever sends it: not those of this run.
    if case.operation.path == "/api/v1/auth/logout-all" and case.headers.get("Authorization", "").endswith(
            os.environ["API_TOKEN"]):
        case.headers["Authorization"] = "Bearer " + another_token()
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    # What no schema can say: with Strict no member may be unknown, and a time must lie ahead.
    case.query.pop("fieldValidation", None)
    fields = case.body.get("spec", case.body) if isinstance(case.body, dict) else None
    if isinstance(fields, dict):
        expires = fields.get("expiresAt")
        if isinstance(expires, (int, float)) and 0 < expires < (time.time() + 60) * 1000:
            fields["expiresAt"] = 0
