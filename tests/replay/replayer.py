# SPDX-License-Identifier: Apache-2.0
"""Sends the requests of a case file to the shipped binary and compares the answers."""

import http.client
import json
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "integration"))

import expected_json
from api_document import ApiDocument
from harness import PASSWORD, Standalone, Workload
from signing_key import SigningKey, part_of

VARIABLE = re.compile(r"\{\{(\w+)([+-]\d+)?\}\}")
SOME_TOKEN = re.compile(r"(eyJ[\w-]{8})[\w-]+\.[\w-]+\.[\w-]*")
ENVELOPE_TIME = '"timestamp":"<time>"'


class Mismatch(AssertionError):
    pass


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.getheaders()
        self.content = response.read()

    @property
    def text(self):
        return self.content.decode("utf-8", "backslashreplace")

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Replayer:
    """One server with what its case file asks for, and the variables that the cases have captured."""

    def __init__(self, case_file):
        self.case_file = case_file
        self.keys = {"manager": SigningKey(), "decisionmaker": SigningKey()}
        self.workloads = []
        self.server = Standalone(environment={
            "NODE_NAME": "node-1", "MANAGER_KEY_RSA_PRIVATE_KEY_PEM": self.keys["manager"].private_pem,
            "DM_TOKEN_RSA_PRIVATE_KEY_PEM": self.keys["decisionmaker"].private_pem, **case_file.environment})
        self.captured = {"password": PASSWORD, "kid": self.keys["manager"].kid,
                         "decisionmaker_public_key": json.dumps(self.keys["decisionmaker"].public_pem)[1:-1]}

    def start(self):
        for name, labels in self.case_file.workloads:
            workload = Workload(["sleep", "600"], labels, name)
            self.workloads.append(workload)
            workload.find_cgroup(name)
        self.server.start().login()
        self.captured["admin"] = self.server.token
        claims = json.loads(part_of(self.server.token, 1))
        self.captured["admin_id"], self.captured["admin_version"] = claims["uid"], claims["tokenVersion"]
        return self

    def stop(self):
        if self.server.process is not None:
            self.server.__exit__()
        for workload in self.workloads:
            workload.stop()

    # --- one case ---

    def play(self, case):
        """Raises Mismatch with request, expected and got."""
        for line in case.request_values("sign"):
            self.sign(case, line)
        end = time.monotonic() + float(case.request_value("within", 0))
        while True:
            answer = self.send_all(case)
            captured = dict(self.captured)
            found = self.check(case, answer, captured)
            if not found or time.monotonic() >= end:
                break
            time.sleep(0.05)
        if found:
            raise Mismatch(self.report(case, answer, found))
        self.captured = captured

    def sign(self, case, line):
        """`sign NAME KEY CLAIMS`, or with the header before the claims."""
        name, key, parts = self.filled(case, line).split(" ", 2)
        header, _, claims = parts.rpartition("} {")
        if header:
            header, claims = header + "}", "{" + claims
        signer = self.keys.get(key) or self.keys.setdefault(key, SigningKey())
        self.captured[name] = signer.sign(claims, header or None)

    def send_all(self, case):
        for _ in range(int(case.request_value("times", 1))):
            answer = self.send(case)
        return answer

    def send(self, case):
        port = self.server.ports[case.request_value("server", "manager")]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(case.method, self.filled(case, case.path), self.body(case), self.headers(case))
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def headers(self, case):
        headers = {}
        user = case.request_value("as")
        if user:
            headers["Authorization"] = "Bearer " + self.filled(case, "{{" + user + "}}")
        for line in case.request_values("header"):
            name, _, value = self.filled(case, line).partition(":")
            headers[name] = value.removeprefix(" ")
        for line in case.request_values("header-repeat"):
            name, count, repeated = line.split(" ")
            headers[name] = repeated * int(count)
        return headers

    def body(self, case):
        content = None
        for word, argument in case.request:
            if word == "body":
                content = self.filled(case, argument).encode()
            elif word == "body-hex":
                content = bytes.fromhex(argument)
            elif word == "body-repeat":
                before, count, repeated, after = argument.split(" ")
                content = (before + repeated * int(count) + after).encode()
        return content

    def filled(self, case, text):
        def value(match):
            name, offset = match.groups()
            if name == "now":
                return str(int(time.time()) + int(offset or 0))
            if name not in self.captured:
                raise Mismatch(f"{case.place}: {case.name}\n  needs {{{{{name}}}}}, which no case before it has captured"
                               f" (has that one failed?)")
            return str(self.captured[name])
        return VARIABLE.sub(value, text)

    # --- what the answer must be ---

    def check(self, case, answer, captured):
        document = ApiDocument.of(case.request_value("server", "manager"))
        return self.check_expected(case, answer, captured) + ["docs/api: " + problem for problem in document.problems(
            case.method, self.filled(case, case.path), answer.status, answer.headers, answer.content)]

    def check_expected(self, case, answer, captured):
        found = [] if answer.status == case.status else [f"the status is {answer.status}, not {case.status}"]
        for word, argument in case.answer:
            found += getattr(self, "check_" + word.replace("-", "_").replace("+", "_start"))(
                self.filled(case, argument), answer, captured)
        return found

    def check_any(self, _argument, _answer, _captured):
        return []

    def check_text(self, argument, answer, _captured):
        expected = json.loads(argument)
        return [] if answer.text == expected else [f"the body is {answer.text!r}, not {expected!r}"]

    def check_contains(self, argument, answer, _captured):
        return [] if argument in answer.text else [f"the body does not contain {argument}"]

    def check_lacks(self, argument, answer, _captured):
        return [f"the body contains {argument}"] if argument in answer.text else []

    def check_header(self, argument, answer, _captured):
        name, _, value = argument.partition(": ")
        got = answer.header(name)
        fits = got is not None if value == "*" else got == value
        return [] if fits else [f"the header {name} is {got!r}, not {value!r}"]

    def check_no_header(self, argument, answer, _captured):
        return [] if answer.header(argument) is None else [f"there is a header {argument}"]

    def check_ok(self, argument, answer, captured):
        data = f'"data":{argument},' if argument else ""
        return self.check_json(f'{{"success":true,{data}{ENVELOPE_TIME}}}', answer, captured)

    def check_error(self, argument, answer, captured):
        found = self.check_json('{"success":false,"error":' + json.dumps(argument) + "}", answer, captured)
        if '"timestamp"' in answer.text:
            found.append("an error has no timestamp")
        return found

    def check_error_start(self, argument, answer, captured):
        return self.check_error(expected_json.STARTS_WITH + argument, answer, captured)

    def check_json(self, argument, answer, captured):
        found = []
        if answer.header("Content-Type") != "application/json":
            found.append(f"the header Content-Type is {answer.header('Content-Type')!r}, not 'application/json'")
        if not answer.content.endswith(b"\n"):
            found.append("the body does not end with a line feed")
        unescaped = sorted(set(answer.text) & set("<>&\u2028\u2029"))
        if unescaped:
            found.append(f"the body has {unescaped} unescaped")
        try:
            got = expected_json.parse(answer.text)
        except ValueError as error:
            return [*found, f"the body is not JSON: {error}"]
        return found + expected_json.problems(expected_json.parse(argument), got, captured)

    def check_claims(self, argument, _answer, captured):
        name, _, expected = argument.partition(" ")
        if name not in captured:
            return [f"there is no token {name} to look into"]
        claims = expected_json.parse(part_of(captured[name], 1))
        wanted = expected_json.parse(expected)
        # Where a claim of ours stands among the others is nobody's business: clients look names up.
        ordered = [key for key in claims.keys() if key in wanted.keys()]
        kept = expected_json.Object((key, claims.get(key)) for key in ordered)
        return expected_json.problems(wanted, kept, captured, "claims")

    def report(self, case, answer, found):
        request = [f"{case.method} {self.filled(case, case.path)}", *(f"{word} {argument}" for word, argument in case.request)]
        expected = [f"-> {case.status}", *(f"{word} {argument}" for word, argument in case.answer)]
        got = [f"-> {answer.status}", *(f"{name}: {value}" for name, value in answer.headers), answer.text[:2000]]
        parts = [("request", request), ("expected", expected), ("got", got), ("so", found)]
        lines = [f"{case.place}: {case.name}"]
        for title, content in parts:
            lines.append(f"  {title}:")
            lines += ["    " + line for line in content]
        return SOME_TOKEN.sub(r"\1...", "\n".join(lines))
