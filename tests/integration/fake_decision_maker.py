# SPDX-License-Identifier: Apache-2.0
"""A decision maker that gives the answers it is told to, right or wrong, and remembers what it was asked."""

import http.server
import json
import threading
import time

STRATEGIES = "/api/v1/scheduling/strategies"


class FakeDecisionMaker(http.server.ThreadingHTTPServer):
    """Answers to strategies one after the other, the last one for ever; its tokens live three to four seconds."""

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), FakeAnswers)
        self.answers = answers
        self.seen = []  # (path, token, body) of each request
        self.asked = 0
        threading.Thread(target=self.serve_forever, args=(0.05,)).start()

    def bodies(self, path):
        return [json.loads(body) for where, _, body in self.seen if where == path]

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class FakeAnswers(http.server.BaseHTTPRequestHandler):
    def answer(self):
        server = self.server
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        server.seen.append((self.path, self.headers["Authorization"], body))
        status, text = 200, '{"success":true}'
        if self.path == "/api/v1/auth/token":
            data = {"token": f"token{len(server.bodies(self.path))}", "expired_at": int(time.time()) + 4}
            text = json.dumps({"success": True, "data": data})
        elif self.path == STRATEGIES:
            status, text = server.answers[min(server.asked, len(server.answers) - 1)]
            server.asked += 1
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass
