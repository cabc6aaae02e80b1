# SPDX-License-Identifier: Apache-2.0
"""Every route of the manager × role × token, against the program, compared with table.tsv beside this.

    test_authorization.py --write    writes table.tsv anew from what the program answers: read the difference before it is committed
"""

import http.client
import itertools
import json
import re
import sys
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "integration"))

from api_document import check_answer
from harness import Standalone
from signing_key import SigningKey, part_of, unsigned, with_shared_secret

TABLE = HERE / "table.tsv"
ID = "64b000000000000000000099"
PASSWORD = "a long enough one"
# These end the token that they are asked with, or cannot be asked without effect: a user of his own asks them.
ENDS_TOKEN = {("POST", "/api/v1/auth/logout-all")}
NODE_KEYS = ["pod_pid_mapping.read"]
STRATEGY_KEYS = ["schedule_strategy.create", "schedule_strategy.read", "schedule_strategy.update",
                 "schedule_strategy.delete", "schedule_intent.read", "schedule_intent.delete"]
READ_KEYS = ["user.read", "role.read", "permission.read", "schedule_strategy.read", "schedule_intent.read",
             "pod_pid_mapping.read"]
ROLES = {
    "reader": [{"permissionKey": key} for key in READ_KEYS],
    "core": [{"permissionKey": key, "k8sNamespace": "core"} for key in STRATEGY_KEYS + NODE_KEYS],
    "own": [{"permissionKey": key, "self": True} for key in STRATEGY_KEYS + ["user.read"]],
    "blue": [{"permissionKey": key, "policyNamespace": "blue"} for key in STRATEGY_KEYS],
    "nothing": [],
}
# Of the strategies that the administrator makes: name, namespace, tenant.
STRATEGIES = [("core-blue", "core", "blue"), ("core-red", "core", "red"), ("web-blue", "web", "blue"),
              ("web-red", "web", "red")]
VISIBLE = {"admin": {"core-blue", "core-red", "web-blue", "web-red"},
           "reader": {"core-blue", "core-red", "web-blue", "web-red"},
           "core": {"core-blue", "core-red"}, "own": set(), "blue": {"core-blue", "web-blue"}}


def routes_of_sources():
    """(method, path) of every route that the manager adds under /api."""
    found = set()
    constant = r'std::string_view (\w+) = "(/api[^"]*)"'
    shared = dict(pair for header in (ROOT / "src" / "rest").rglob("*.h")
                  for pair in re.findall(constant, header.read_text(encoding="utf-8")))
    for source in (ROOT / "src" / "rest" / "manager").glob("*_routes.cpp"):
        text = source.read_text(encoding="utf-8")
        names = {**shared, **dict(re.findall(constant, text))}
        for method, path in re.findall(r'router\.add\(\s*"(\w+)",\s*("[^"]+"|\w+),', text):
            found.add((method, path.strip('"') if path.startswith('"') else names[path]))
    return found


def asked(path):
    return re.sub(r"\{nodeID\}", "node-1", re.sub(r"\{id\}", ID, path))


class Client:
    """One connection that is kept."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def ask(self, method, path, token=None, body=None):
        headers = {"Authorization": "Bearer " + token} if token else {}
        content = None if method == "GET" else json.dumps({} if body is None else body)
        self.connection.request(method, path, content, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        check_answer("manager", method, path, answer.status, answer.getheaders(), text)
        return answer.status, json.loads(text)

    def ok(self, method, path, token, body):
        status, answer = self.ask(method, path, token, body)
        assert status == 200, (method, path, body, status, answer)
        return answer.get("data")


class World:
    """A server with a user of every role, and strategies of the administrator."""

    def __init__(self):
        self.key = SigningKey()
        self.server = Standalone(environment={"NODE_NAME": "node-1",
                                              "MANAGER_KEY_RSA_PRIVATE_KEY_PEM": self.key.private_pem})

    def start(self):
        self.server.start().login()
        self.client = Client(self.server.ports["manager"])
        self.tokens = {"admin": self.server.token}
        admin = self.server.token
        for role, policies in ROLES.items():
            self.client.ok("POST", "/api/v1/roles", admin, {"name": role, "rolePolicies": policies})
            self.tokens[role] = self.user(role, [role])
        self.tokens["new"] = self.user("new", [], change=False)
        self.ids = {}
        for name, namespace, tenant in STRATEGIES:
            body = {"name": name, "strategyNamespace": tenant, "k8sNamespace": [namespace]}
            self.ids[name] = self.client.ok("POST", "/api/v1/strategies", admin, body)["strategyId"]
        return self

    def user(self, name, roles, change=True):
        admin = self.server.token
        user = self.client.ok("POST", "/api/v1/users", admin, {"username": name, "password": "first " + PASSWORD})["id"]
        self.client.ok("PUT", "/api/v1/users/permissions", admin, {"userID": user, "roles": roles})
        if not change:
            return self.login(name, "first " + PASSWORD)
        token = self.login(name, "first " + PASSWORD)
        self.client.ok("PUT", "/api/v1/users/self/password", token,
                       {"oldPassword": "first " + PASSWORD, "newPassword": PASSWORD})
        return self.login(name, PASSWORD)

    def login(self, name, password):
        return self.client.ok("POST", "/api/v1/auth/login", None, {"username": name, "password": password})["token"]

    def bad_tokens(self):
        """name → (token, text of the refusal)"""
        claims = json.loads(part_of(self.tokens["admin"], 1))
        now = int(time.time())
        header = {"alg": "RS256", "typ": "JWT", "kid": self.key.kid}
        bad = "invalid or expired token"
        refresh = self.client.ok("POST", "/api/v1/auth/login", None,
                                 {"username": "reader", "password": PASSWORD})["refreshToken"]
        revoked = self.user("revoked", ["reader"])
        self.client.ok("POST", "/api/v1/auth/logout-all", revoked, {})
        return {
            "expired": (self.key.sign({**claims, "exp": now - 1}, header), bad),
            "forged": (SigningKey().sign(claims, header), bad),
            "HS256 with the public key": (with_shared_secret(self.key.public_pem, claims), bad),
            "none-algorithm": (unsigned(claims), bad),
            "other audience": (self.key.sign({**claims, "aud": "gthulhu-decisionmaker"}, header), bad),
            "not yet valid": (self.key.sign({**claims, "nbf": now + 600}, header), bad),
            "refresh as access": (refresh, "invalid token type"),
            "revoked": (revoked, "token revoked"),
        }

    def observed(self):
        """{(method, path): {column: word}}: open, 401, 403, or admitted (anything else)."""
        rows = {}
        for method, path in sorted(routes_of_sources(), key=lambda route: (route[1], route[0])):
            if (method, path) in ENDS_TOKEN:
                rows[method, path] = {who: self.word_for_own_user(method, path, who) for who in self.columns()}
            else:
                rows[method, path] = {who: self.word(method, path, token)
                                      for who, token in [("nobody", None), *self.tokens.items()]}
        return rows

    def word(self, method, path, token):
        status, _ = self.client.ask(method, asked(path), token)
        return str(status) if status in (401, 403) else "yes"

    def word_for_own_user(self, method, path, who):
        if who in ("nobody", "new", "admin"):
            token = None if who == "nobody" else self.tokens[who] if who == "new" else self.user("second", ["admin"])
        else:
            token = self.user("leaving-" + who, [who])
        return self.word(method, path, token)

    def columns(self):
        return ["nobody", *self.tokens]


def read_table():
    lines = [line.rstrip("\n").split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()
             if line and not line.startswith("#")]
    names = lines[0][2:]
    return {(method, path): dict(zip(names, words)) for method, path, *words in lines[1:]}


def write_table(rows):
    names = list(next(iter(rows.values())))
    with open(TABLE, "w", encoding="utf-8") as file:
        file.write("# Who is admitted to which route (yes), must log in (401), or may not (403). Columns: nobody; the roles of\n"
                   "# test_authorization.py; new: a user who must change his password first.\n")
        for line in [["method", "path", *names], *([*route, *words.values()] for route, words in rows.items())]:
            file.write("\t".join(line) + "\n")


class Authorization(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.world = World().start()
        cls.addClassCleanup(cls.world.server.__exit__)

    def test_every_route_admits_exactly_the_roles_of_the_table(self):
        self.assertEqual(self.world.observed(), read_table())

    def test_no_route_takes_a_token_that_is_not_good(self):
        protected = [route for route, words in read_table().items() if words["nobody"] == "401"]
        self.assertGreater(len(protected), 25)
        for (method, path), (name, (token, text)) in itertools.product(protected, self.world.bad_tokens().items()):
            status, answer = self.world.client.ask(method, asked(path), token)
            self.assertEqual((status, answer.get("error")), (401, text), f"{method} {path} with a token that is {name}")

    def test_lists_have_exactly_what_the_role_may_see(self):
        for role, names in VISIBLE.items():
            data = self.world.client.ok("GET", "/api/v1/strategies", self.world.tokens[role], None)
            self.assertEqual({item["name"] for item in data["items"]}, names, role)
            self.assertEqual(data["total"], len(names), role)

    def test_what_a_role_may_not_see_does_not_exist_for_it(self):
        for (role, names), (name, strategy) in itertools.product(VISIBLE.items(), self.world.ids.items()):
            token = self.world.tokens[role]
            wanted = 200 if name in names else 404
            path = f"/api/v1/strategies/{strategy}"
            self.assertEqual(self.world.client.ask("GET", path, token)[0], wanted, (role, name))
            if role not in ("admin", "reader"):
                status, _ = self.world.client.ask("PATCH", path, token, {"description": role})
                self.assertEqual(status, wanted, (role, name))
            if wanted == 404:
                status, _ = self.world.client.ask("DELETE", path, token)
                self.assertIn(status, (403, 404), (role, name))
            preview = {"spec": {"k8sNamespace": ["core"]}, "baseId": strategy}
            status, _ = self.world.client.ask("POST", "/api/v1/strategies/preview", token, preview)
            self.assertIn(status, (200, 403) if wanted == 200 else (404,), (role, name))

    def test_nobody_writes_outside_of_his_namespaces(self):
        for role, namespace, tenant, wanted in [
                ("core", "core", "", 200), ("core", "web", "", 403), ("blue", "web", "blue", 200),
                ("blue", "web", "red", 403), ("blue", "web", "", 403), ("own", "web", "red", 200),
                ("reader", "core", "", 403), ("nothing", "core", "", 403)]:
            body = {"k8sNamespace": [namespace], "strategyNamespace": tenant}
            status, answer = self.world.client.ask("POST", "/api/v1/strategies", self.world.tokens[role], body)
            self.assertEqual(status, wanted, (role, namespace, tenant, answer))
            if status == 200:
                self.world.client.ok("DELETE", "/api/v1/strategies/" + answer["data"]["strategyId"],
                                     self.world.tokens[role], None)

    def test_a_strategy_without_namespaces_of_a_bounded_role_means_its_namespaces(self):
        token = self.world.tokens["core"]
        made = self.world.client.ok("POST", "/api/v1/strategies", token,
                                    {"labelSelectors": [{"key": "app", "value": "x"}]})["strategyId"]
        item = self.world.client.ok("GET", "/api/v1/strategies/" + made, token, None)
        self.assertEqual(item["spec"]["k8sNamespace"], ["core"])
        status, _ = self.world.client.ask("PATCH", "/api/v1/strategies/" + made, token, {"k8sNamespace": ["web"]})
        self.assertEqual(status, 403)
        self.world.client.ok("DELETE", "/api/v1/strategies/" + made, token, None)

    def test_refusals_are_in_the_audit_log(self):
        self.world.client.ask("GET", "/api/v1/roles", self.world.tokens["nothing"])
        end = time.monotonic() + 5
        found = []
        while not found and time.monotonic() < end:
            time.sleep(0.05)
            data = self.world.client.ok("GET", "/api/v1/audit?outcome=refused&user=nothing&limit=1000", self.world.tokens["admin"],
                                        None)
            found = [entry for entry in data["items"] if entry["object"] == "GET /api/v1/roles"]
        self.assertTrue(found)
        self.assertEqual(found[0]["reason"], "permission denied")

    def test_whoever_refuses_it_a_refusal_is_in_the_audit_log(self):
        chief = self.world.client.ok("POST", "/api/v1/roles", self.world.tokens["admin"],
                                     {"name": "chief", "rolePolicies": [{"permissionKey": "role.create"}]})["id"]
        self.assertTrue(chief)
        token = self.world.user("chief", ["chief"])
        wider = {"name": "wider", "rolePolicies": [{"permissionKey": "user.create"}]}
        self.assertEqual(self.world.client.ask("POST", "/api/v1/roles", token, wider)[0], 403)
        self.assertEqual(self.world.client.ask("POST", "/api/v1/auth/refresh", None, {"refreshToken": token})[0], 401)
        self.assertEqual(self.world.client.ask("GET", "/api/v1/audit", token)[0], 403)
        wanted = {("chief", "POST /api/v1/roles", "you cannot grant user.create: you do not hold it yourself"),
                  ("chief", "GET /api/v1/audit", "permission denied"),
                  ("", "POST /api/v1/auth/refresh", "invalid refresh token")}
        end = time.monotonic() + 5
        found = set()
        while not wanted <= found and time.monotonic() < end:
            time.sleep(0.05)
            data = self.world.client.ok("GET", "/api/v1/audit?outcome=refused&limit=1000", self.world.tokens["admin"], None)
            found = {(entry["user"], entry["object"], entry["reason"]) for entry in data["items"]}
        self.assertLessEqual(wanted, found)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        world = World().start()
        try:
            write_table(world.observed())
        finally:
            world.server.__exit__()
    else:
        unittest.main()
