# SPDX-License-Identifier: Apache-2.0
"""What a client has asked of an API server, as that server's audit log has it."""

import collections
import datetime
import json

Request = collections.namedtuple("Request", "time verb resource")


def requests_of(log, user):
    """Those of one user, each once, as they came."""
    found = []
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue  # the server was killed in the middle of it
        if event["stage"] != "RequestReceived" or event["user"].get("username") != user:
            continue
        received = datetime.datetime.fromisoformat(event["requestReceivedTimestamp"].replace("Z", "+00:00"))
        found.append(Request(received.timestamp(), event["verb"], event.get("objectRef", {}).get("resource", "")))
    return found


def shortest_span(times, count):
    """The shortest time in which `count` of them came, in seconds; None when there are not as many."""
    times = sorted(times)
    return min((after - before for before, after in zip(times, times[count - 1:])), default=None)


def per_second(times, seconds=5):
    """The most that came within so many seconds, for each of them."""
    times = sorted(times)
    return max((sum(begin <= other < begin + seconds for other in times) for begin in times), default=0) / seconds
