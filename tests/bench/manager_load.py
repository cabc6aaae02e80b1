#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the manager does under load: manager_load.py [--only PART] [--seconds S] [--rows N] ... [BINARY]

Parts, each with a manager and a store of its own:

  logins  successful logins a second, against what this machine hashes when it does nothing else
          (yardsticks/argon2_rate.c, the parameters of the stored password, as many threads), in turns
  health  how soon /health is answered while 100 logins at a time are asked for, and how much memory these take
  reads   how soon users/self and strategies/self (100 strategies) are answered, alone and while 50 strategies
          a second are changed
  audit   pages of an audit log of a million entries, and how long a start takes with it

Latencies are from when a request should have been sent, at fixed times on a kept connection: an answer that is
late makes the requests behind it late too. Load and probes are programs of their own that take little of the
processors (yardsticks/http_load.c). What the probe itself was late, because something else ran, is in the latency
and is printed beside it. Prints each figure beside its bar, where there is one; the exit code is 1 when one is
missed. Takes about four minutes, and a gigabyte in the folder for temporary files.
"""

import argparse
import http.client
import json
import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from figures import judge, percentile
from servers import (PASSWORD, USERNAME, compile_c, forget_peak, login, make_strategies, memory_mib, request,
                     start_manager, store_of)

# Passwords that the manager hashes at a time: one for each processor, and never more than two.
HASHES_AT_ONCE = min(2, os.cpu_count())
SOME_LOGINS = 16  # at a time, so that none of these waits for a request
MANY_LOGINS = 100
WARM_UP = 1  # seconds, until the queues are full
PROBE_EVERY = 0.005  # seconds
WRITES_PER_SECOND = 50


def message(method, path, body=None, token=None):
    """A request as it is sent."""
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    text = "" if body is None else json.dumps(body)
    if text:
        head += f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
    return f"{head}\r\n{text}"


class Load:
    """A program that sends requests until it is done; `output()` waits for it."""

    def __init__(self, command, standard_input):
        self.process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(standard_input)
        self.process.stdin.close()

    def output(self):
        text = self.process.stdout.read()
        self.process.stdout.close()
        if self.process.wait() != 0:
            sys.exit(f"{self.process.args[0]} ended with {self.process.returncode}")
        return text


class Bench:
    """One run: its arguments and folder, and the programs that make the load."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.argon2_rate = compile_c(folder, "argon2_rate", "-largon2")
        self.http_load = compile_c(folder, "http_load")

    def folder_for(self, part):
        folder = os.path.join(self.folder, part)
        os.mkdir(folder)
        return folder

    def start_logins(self, server, at_once, seconds):
        wanted = message("POST", "/api/v1/auth/login", {"username": USERNAME, "password": PASSWORD})
        return Load([self.http_load, server.port, "parallel", at_once, WARM_UP, seconds], wanted + "\0")

    def start_paced(self, server, interval, seconds, *requests):
        """Sends them in turns, each `interval` seconds one."""
        command = [self.http_load, server.port, "paced", round(interval * 1e6), round(seconds / interval)]
        return Load(command, "".join(one + "\0" for one in requests))

    def start_probe(self, server, path, seconds, token=None):
        return self.start_paced(server, PROBE_EVERY, seconds, message("GET", path, token=token))


def latencies(output):
    """Milliseconds of each request of a paced load, and how late it was sent by the load's own fault."""
    rows = [line.split() for line in output.splitlines()]
    return [int(took) / 1000 for took, _ in rows], [int(late) / 1000 for _, late in rows]


def say_latency(name, took, late=None):
    own = "" if late is None else f"  (probe late by itself: p99 {percentile(late, 0.99):.2f}, max {max(late):.2f})"
    print(f"  {name:<36} p50 {percentile(took, 0.5):>7.2f}  p99 {percentile(took, 0.99):>7.2f}  "
          f"max {max(took):>7.2f} ms  of {len(took)}{own}")


def argon2_parameters(folder):
    """KiB, passes and lanes of the stored password."""
    store = sqlite3.connect(f"file:{store_of(folder)}?mode=ro", uri=True)
    stored, = store.execute("SELECT password_hash FROM users").fetchone()
    store.close()
    return [int(number) for number in re.match(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", stored).groups()]


def measure_logins(bench):
    """The share of the machine's hashes that become logins."""
    folder = bench.folder_for("logins")
    seconds = bench.arguments.seconds
    server = start_manager(bench.arguments.binary, folder)
    parameters = argon2_parameters(folder)
    rates = {"bare Argon2": [], "Argon2 in fresh pages": [], "logins": []}
    client_cpu = []
    try:
        for _ in range(bench.arguments.rounds):
            for name, memory in (("bare Argon2", "plain"), ("Argon2 in fresh pages", "fresh")):
                command = [bench.argon2_rate, HASHES_AT_ONCE, *parameters, seconds, memory]
                rates[name].append(float(Load(command, "").output()))
            answered, cpu = bench.start_logins(server, SOME_LOGINS, seconds).output().split()
            rates["logins"].append(int(answered) / seconds)
            client_cpu.append(float(cpu) / (WARM_UP + seconds))
    finally:
        server.stop()
    rate = {name: statistics.median(figures) for name, figures in rates.items()}
    for name, figures in rates.items():
        print(f"  {name:<36} {rate[name]:>7.1f} a second  ({', '.join(f'{figure:.1f}' for figure in figures)})")
    print(f"  m={parameters[0]} t={parameters[1]} p={parameters[2]}, {HASHES_AT_ONCE} at a time; the client took "
          f"{max(client_cpu):.1%} of a processor; logins / Argon2 in fresh pages: "
          f"{rate['logins'] / rate['Argon2 in fresh pages']:.1%}\n")
    return [("logins / bare Argon2", 100 * rate["logins"] / rate["bare Argon2"], "%", 90, True)]


def measure_health(bench):
    folder = bench.folder_for("health")
    seconds = bench.arguments.health_seconds
    server = start_manager(bench.arguments.binary, folder)
    try:
        say_latency("/health, alone", *latencies(bench.start_probe(server, "/health", seconds).output()))
        forget_peak(server.pid)
        before = memory_mib(server.pid)
        # A second longer than the probe, whose start takes a moment.
        logins = bench.start_logins(server, MANY_LOGINS, seconds + 1)
        time.sleep(WARM_UP)
        took, late = latencies(bench.start_probe(server, "/health", seconds).output())
        if logins.process.poll() is not None:
            sys.exit("the logins ended before the probe did")
        most = memory_mib(server.pid, "VmHWM")
        answered = int(logins.output().split()[0])
    finally:
        server.stop()
    hashing = HASHES_AT_ONCE * argon2_parameters(folder)[0] / 1024
    say_latency(f"/health, {MANY_LOGINS} logins at a time", took, late)
    print(f"  {answered / (seconds + 1):.1f} logins a second; resident memory {before:.1f} MiB before, "
          f"{most:.1f} MiB at most\n")
    return [(f"/health, {MANY_LOGINS} logins at a time, p99", percentile(took, 0.99), "ms", 20, False),
            (f"memory, {MANY_LOGINS} logins at a time, more", most - before, "MiB", round(hashing + 32), False)]


def probe_reads(bench, server, token, when):
    """The p99 of each, asked for at the same time."""
    probes = {name: bench.start_probe(server, "/api/v1/" + name, bench.arguments.read_seconds, token)
              for name in ("users/self", "strategies/self")}
    p99 = {}
    for name, probe in probes.items():
        took, late = latencies(probe.output())
        say_latency(name + when, took, late)
        p99[name] = percentile(took, 0.99)
    return p99


def measure_reads(bench):
    seconds = bench.arguments.read_seconds
    server = start_manager(bench.arguments.binary, bench.folder_for("reads"))
    try:
        token = login(server)
        ids = make_strategies(server, token)
        # All strategies in turns, with priorities that none was made with: each write changes something.
        writes = [message("PATCH", f"/api/v1/strategies/{one}", {"priority": priority}, token)
                  for priority in (-1, -2) for one in ids]
        alone = probe_reads(bench, server, token, "")
        writer = bench.start_paced(server, 1 / WRITES_PER_SECOND, seconds, *writes)
        beside_writes = probe_reads(bench, server, token, f", {WRITES_PER_SECOND} writes a second")
        say_latency("the writes", latencies(writer.output())[0])
    finally:
        server.stop()
    for name, p99 in beside_writes.items():
        print(f"  {name}, p99 with writes / p99 without: {p99 / alone[name]:.2f}")
    print()
    return []


def write_samples(server):
    """Makes the server write each kind of entry at least once."""
    token = login(server)
    first, second, *_ = make_strategies(server, token)
    request(server, "PATCH", f"/api/v1/strategies/{first}", {"priority": 3}, token)
    request(server, "DELETE", f"/api/v1/strategies/{second}", token=token)
    request(server, "GET", "/api/v1/strategies/self", expected=401)
    request(server, "POST", "/api/v1/auth/login", {"username": USERNAME, "password": "wrong"}, expected=401)
    time.sleep(1)  # logins and refusals are written a little later


# How many of a hundred entries are of this action.
MIX = {"strategy.update": 45, "session.login": 30, "strategy.create": 12, "strategy.delete": 7, "access.refused": 4,
       "session.refused-login": 2}
USERS = [f"user-{i}@example.org" for i in range(200)]
AUDIT_DAYS = 300  # fewer than entries are kept for


def fill_audit_log(path, count):
    """Entries like those that the server has written, of other people and strategies; one of their objects."""
    chance = random.Random(1)
    store = sqlite3.connect(path)
    store.execute("PRAGMA synchronous=OFF")
    store.execute("PRAGMA cache_size=-400000")
    store.row_factory = sqlite3.Row
    samples = {row["action"]: {name: row[name] for name in row.keys() if name != "sequence"}
               for row in store.execute("SELECT * FROM audit_log")}
    missing = MIX.keys() - samples.keys()
    if missing:
        sys.exit(f"the server has written no entry of {', '.join(missing)}")
    actions = chance.choices(list(MIX), MIX.values(), k=count)
    people = chance.choices(USERS, [1 / (i + 1) for i in range(len(USERS))], k=count)
    user_ids = {name: f"{chance.getrandbits(96):024x}" for name in USERS}
    strategies = [f"strategy/{chance.getrandbits(96):024x}" for _ in range(5_000)]
    begin = time.time() - AUDIT_DAYS * 86_400
    step = AUDIT_DAYS * 86_400 / count

    def entries():
        for i in range(count):
            entry = dict(samples[actions[i]], at_ms=int(1000 * (begin + i * step)),
                         request_id=f"{chance.getrandbits(96):024x}",
                         from_address=f"10.0.{chance.randrange(256)}.{chance.randrange(256)}")
            if entry["username"]:
                entry.update(username=people[i], user_id=user_ids[people[i]])
            if entry["action"].startswith("strategy."):
                entry["object"] = chance.choice(strategies)
                for text in ("before", "after"):
                    entry[text] = re.sub(r"server-\d+", f"server-{i % 1000}", entry[text])
            elif entry["action"] == "session.login":
                entry["object"] = "user/" + entry["user_id"]
            yield tuple(entry.values())

    names = list(samples["session.login"])
    with store:
        store.executemany(f"INSERT INTO audit_log ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                          entries())
    store.close()  # which puts all of it into the one file
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)  # else the server's start would wait for the disk
    os.close(descriptor)
    return strategies[-1]


def start_until_health(binary, folder):
    """The manager, and the milliseconds until it answered."""
    begin = time.monotonic()
    server = start_manager(binary, folder)
    request(server, "GET", "/health")
    return server, (time.monotonic() - begin) * 1000


def audit_queries(rows, strategy):
    now = int(time.time() * 1000)
    middle = now - AUDIT_DAYS // 2 * 86_400_000
    return {"first page": {},
            "page in the middle": {"beforeSeq": rows // 2},
            "user with many": {"user": USERS[0]},
            "user with few": {"user": USERS[-1]},
            "user with none": {"user": "nobody"},
            "action, whole": {"action": "session.login"},
            "action, first part": {"action": "strategy"},
            "action with few": {"action": "session.refused-login"},
            "action, page in the middle": {"action": "strategy", "beforeSeq": rows // 2},
            "object": {"object": strategy},
            "outcome refused": {"outcome": "refused"},
            "outcome done": {"outcome": "done"},
            "time, one day": {"from": middle, "to": middle + 86_400_000},
            "time, second half": {"from": middle},
            "user, action, time": {"user": USERS[0], "action": "strategy", "from": middle}}


def timed_get(connection, path, token):
    """The answer, and the milliseconds until all of it was there."""
    begin = time.monotonic()
    connection.request("GET", path, headers={"Authorization": "Bearer " + token})
    answer = connection.getresponse()
    text = answer.read()
    took = (time.monotonic() - begin) * 1000
    if answer.status != 200:
        sys.exit(f"GET {path}: {answer.status} {text.decode()}")
    return text, took


def measure_audit(bench):
    folder = bench.folder_for("audit")
    binary, rows = bench.arguments.binary, bench.arguments.rows
    server = start_manager(binary, folder)
    write_samples(server)
    server.stop()
    server, small_start = start_until_health(binary, folder)
    server.stop()
    begin = time.monotonic()
    strategy = fill_audit_log(store_of(folder), rows)
    spent = time.monotonic() - begin
    server, start = start_until_health(binary, folder)
    print(f"  {rows} entries, {os.path.getsize(store_of(folder)) / 2**20:.0f} MiB, written in {spent:.0f} s; "
          f"/health is answered {start:.1f} ms after exec, without them {small_start:.1f} ms")
    try:
        token = login(server)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for name, query in audit_queries(rows, strategy).items():
            path = "/api/v1/audit?" + urllib.parse.urlencode(query)
            answers = [timed_get(connection, path, token) for _ in range(bench.arguments.repeats)]
            took = [milliseconds for _, milliseconds in answers]
            data = json.loads(answers[-1][0])["data"]
            print(f"  {name:<36} median {statistics.median(took):>8.2f}  max {max(took):>8.2f} ms  "
                  f"{len(data['items'])} of {data['total']} entries")
        connection.close()
    finally:
        server.stop()
    print()
    return []


PARTS = {"logins": measure_logins, "health": measure_health, "reads": measure_reads, "audit": measure_audit}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("binary", nargs="?", default="build/release/gthulhu")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part, may be given several times (all)")
    parser.add_argument("--seconds", type=int, default=5, help="of each load of part logins (5)")
    parser.add_argument("--rounds", type=int, default=3, help="of these loads in turn; the median counts (3)")
    parser.add_argument("--health-seconds", type=int, default=10, help="of part health, alone and under load (10)")
    parser.add_argument("--read-seconds", type=int, default=20, help="of part reads, alone and with writes (20)")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the audit log (1000000)")
    parser.add_argument("--repeats", type=int, default=20, help="of each query of the audit log (20)")
    arguments = parser.parse_args()
    if shutil.which("clang-19") is None:
        sys.exit("clang-19 is missing: apt-get install clang-19")
    figures = []
    with tempfile.TemporaryDirectory(prefix="gthulhu-bench-") as folder:
        bench = Bench(arguments, folder)
        for part in arguments.only or PARTS:
            print(f"{part}:", flush=True)
            figures += PARTS[part](bench)
    return judge(figures) if figures else 0


if __name__ == "__main__":
    sys.exit(main())
