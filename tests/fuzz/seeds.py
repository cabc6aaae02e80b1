# SPDX-License-Identifier: Apache-2.0
"""What the fuzzer begins with for each target: made of fixtures that other tests use, and some written here."""

import gzip
import json
import os
import random
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
NODE_LINK = TESTS / "contract/node_link"
# An input that begins so is bytes for a form that the target knows (made_up_json.h).
MADE_UP = b"\x01"

STAT = (b"1234 (tmux: server (x) S 1 1234 1234 0 -1 4194304 2500 0 0 0 5 6 0 0 20 0 1 0 8675309 9000000 700 "
        b"18446744073709551615 1 1 0 0 0 0 0 4096 134433281 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n")
STATUS = b"Name:\tnginx\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t77\nPid:\t78\n" \
         b"voluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n"
CPU_STAT = b"usage_usec 9\nnr_periods 12\nnr_throttled 3\nthrottled_usec 4500\n"
SCHED = b"nginx (77, #threads: 1)\n-----\nse.nr_migrations      :   1\nnr_switches     :   15\n" \
        b"nr_voluntary_switches  :  12\nnr_involuntary_switches  :  3\n"

INTENTS = {"intents": [
    {"podName": "upf-0", "podID": "uid-1", "nodeID": "node-1", "k8sNamespace": "core", "commandRegex": "^nr-upf$",
     "priority": 10, "executionTime": 20000000, "podLabels": {"app": "upf"}},
    {"podID": "uid-2", "priority": 50, "executionTime": 1, "rank": 7, "container": "main", "containerIDs": ["c1"],
     "expiresAt": 1764000000000, "clamped": True}]}
DELETION = {"podId": "uid-1", "pid": 7, "all": False}
SCHEDULER = {"usersched_last_run_at": 1, "nr_queued": 2, "nr_online_cpus": 8}

STRATEGY = {
    "strategyNamespace": "tenant", "labelSelectors": [{"key": "app", "value": "upf"}, {"key": "tier"}],
    "labelExpressions": [{"key": "env", "operator": "NotIn", "values": ["dev", "test"]},
                         {"key": "old", "operator": "DoesNotExist"}],
    "k8sNamespace": ["core"], "excludedNamespaces": ["kube-system"], "commandRegex": "^(nr|gnb)-", "priority": -20,
    "executionTime": 100000, "rank": 3, "cgroupPaths": ["/a/**/b?[!x]"], "name": "night shift",
    "description": "two\nlines", "enabled": False, "container": "main", "expiresAt": 1764000000000,
    "includeProtected": True, "confirmAll": True, "excludedPods": ["uid-1"]}
# As many requirements as each list may have, all of them such as the simple list can say.
FULL_SELECTOR = {"labelSelectors": [{"key": f"s{i}"} for i in range(64)],
                 "labelExpressions": [{"key": f"e{i}", "operator": "Exists"} for i in range(64)]}

JSON = ['{"a":[1,-2,3.5,1e5,true,false,null,"\\u00e9\\n<"],"A":{}}', "[[[[1]]]]", '"\u2028"', "18446744073709551615",
        "-9223372036854775808", " 10.0 ", "9007199254740991", "[-0.0,1e308]"]

PATTERNS = ["^nginx: worker\nnginx: worker process", "(?<name>a|b)\\d+[[:alpha:]]\\Qx.y\\E\nab1xx.y", "[^]a]{2,3}?\nbc",
            "\\pL(?i:K)\nk\u212a", "/kubepods/**/pod?[a-c]*\n/kubepods/x/podyb", "**/[!a-z]**\n/x/Y", "/**/**/a\n/a",
            'ns:core app!=upf name:"night shift" upf\nnight shift']

JOURNAL = [b"#boot 0f1c\ntask 1 7 1 7 6 1 3 3 0 3 -4 200000 3 -10 100000 /a pod/with blanks\n"
           b"group 42 100 0 100 0 0 1 unset /x y\ntask-gone 2 7\ngroup-gone /z\n", b"147b151b boot x\n", b"#boot x\ntorn"]

TOML = ['[server]\nhost = ":8080"\n[key]\nrsa_private_key_pem = """\n@\n"""\n', 'password = @\n',
        'a.b = ["x", \'y\', "@"]\nc = true\nd = -12\ne = 1.5\nf = 1979-05-27T07:32:00Z\n', "a = {b = 1, c = \"\\u00e9\"}\n",
        '[[t]]\nx = 0x1f\n[[t]]\nx = inf\n', 'secret = "@\nnext = 1\n', "key = \"@\"\nkey = \"@\"\n"]

HTTP = [b"GET /api/v1/strategies/self?x=1&y=a+b%21&z HTTP/1.1\r\nHost: h\r\nX-Two:  two words \r\n\r\n",
        b"POST /a%2Fb HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabcGET / HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nhOST: h\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-Late: no\r\n\r\n",
        b"GET http://h/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2\r\nab\r\n0\r\n\r\n", b"HTTP/1.0 204 No Content\r\n\r\n", b"a=1&b=x%20y&c"]


def text_of(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def made_up(count=6, size=600):
    """Bytes with every value among them, the same in every run."""
    chance = random.Random(1)
    return [MADE_UP + chance.randbytes(size) for _ in range(count)]


def cgroup_paths():
    rows = (TESTS / "fixtures/cgroup_paths.tsv").read_text().splitlines()
    return [row.split("\t")[3].encode() for row in rows if row.count("\t") == 7][1:]


def node_link():
    messages = [text_of(json.loads(file.read_bytes())) for file in sorted(NODE_LINK.glob("*.json"))]
    return [*messages, *made_up()]


def packed():
    one = gzip.compress(b"a text, and a text again", mtime=0)
    urls = [b"http://ann:a%3Ab@proxy.example:3128", b"socks5h://[::1]:9/", b"socks5://proxy.example"]
    return [one, one + gzip.compress(b"", mtime=0), gzip.compress(bytes(100_000), mtime=0), *urls]


SEEDS = {
    "planted": lambda: [b"b"],
    "cgroup_path": cgroup_paths,
    "task_text": lambda: [STAT, STATUS, SCHED, b"1000 200 30\n", CPU_STAT],
    "patterns": lambda: [text.encode() for text in PATTERNS],
    "json": lambda: [text.encode() for text in JSON],
    "intents": lambda: [*map(text_of, (INTENTS, DELETION, SCHEDULER)), *made_up()],
    "node_link": node_link,
    "strategy": lambda: [*map(text_of, (STRATEGY, FULL_SELECTOR)), *made_up()],
    "journal": lambda: JOURNAL,
    "toml": lambda: [text.encode() for text in TOML],
    "http_message": lambda: HTTP,
    "gzip": packed,
    "scheduler": lambda: [seed[1:61] for seed in made_up()],
}


def keys_of(value):
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values())) if value else set()
    if isinstance(value, list):
        return set().union(*map(keys_of, value)) if value else set()
    return set()


def words(name):
    """What the fuzzer puts into its inputs as a whole."""
    if name in ("intents", "node_link", "strategy"):
        seeds = [seed for seed in SEEDS[name]() if not seed.startswith(MADE_UP)]
        return sorted(f'"{key}":' for key in set().union(*(keys_of(json.loads(seed)) for seed in seeds)))
    return {
        "cgroup_path": ["kubepods", "/pod", "-pod", ".slice", ".scope", "cri-containerd-", "crio-", "crio-conmon-",
                        "docker-", ":cri-containerd:", " (deleted)", "0::/", "31e4e721-a5a0-421a-ae1d-b7971ae30d6e",
                        "d41d8cd98f00b204e9800998ecf8427e"],
        "task_text": ["\nnr_periods ", "\nnr_throttled ", "\nthrottled_usec ", "\nthrottled_time ", "\nTgid:", "nr_voluntary_switches", "nr_involuntary_switches", "se.nr_migrations",
                      "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches", ") ", " (", "18446744073709551615"],
        "patterns": ["(?<n>", "(?P<n>", "\\Q", "\\E", "[[:alpha:]]", "\\p{Greek}", "{1,3}", "(?i)", "**/", "[!", "!=",
                     "ns:", "\\C", "\u212a"],
        "json": ["\\u2028", "\\ud83d\\ude00", "1e308", "1e-308", "e+", ".0", "null", "true", "false"],
        "journal": ["task ", "group ", "task-gone ", "group-gone ", "boot ", " unset ", "18446744073709551615", "\n"],
        "toml": ['"""', "'''", "[[", "]]", "inf", "nan", "0x", "1979-05-27", "T07:32:00Z", "\\u00e9", "@"],
        "http_message": ["HTTP/1.1\r\n", "HTTP/1.0\r\n", "\r\n\r\n", "Host: h\r\n", "Content-Length: ", "chunked",
                         "Transfer-Encoding: ", "Connection: close\r\n", "Expect: 100-continue\r\n", "0\r\n\r\n"],
        "gzip": ["\u001f", "http://", "socks5://", "socks5h://", "%3A", "@", "[::1]", ":1"],
    }.get(name, [])


def write(name, folder):
    """The seeds of a target into `folder`/seeds, its words into `folder`/words; the paths of both."""
    seeds = folder / "seeds"
    os.makedirs(seeds, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]()):
        (seeds / f"{number:03}").write_bytes(seed)
    lines = ['"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"' for word in words(name)]
    (folder / "words").write_text("\n".join(lines) + "\n")
    return seeds, folder / "words"
