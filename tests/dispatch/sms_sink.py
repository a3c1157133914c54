"""A text-message gateway in a process of its own: writes down one line for each message it has taken."""

import argparse
import http.server
import json
import os
import random
import sys
import threading
import time
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True  # hung up before the body: nothing to send
            return
        plan, chance = self.server.plan, random.random()
        time.sleep(plan.get("reply_delay", 0))
        if chance < plan.get("refuse", 0):
            self.answer(400)
        elif chance < plan.get("refuse", 0) + plan.get("later", 0):
            self.answer(503)
        elif chance < plan.get("refuse", 0) + plan.get("later", 0) + plan.get("lose_reply", 0):
            self.take(body, "unheard")
            self.close_connection = True
        else:
            self.take(body, "heard")
            self.answer(202)

    def take(self, body, heard):
        message = json.loads(body)
        line = f"{time.time():.6f} <{message['reference']}> {message['to']} {heard}\n"
        os.write(self.server.log, line.encode())

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # a killed worker hangs up in the middle of a word


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--ready", required=True, help="file that gets the port")
    options.add_argument("--log", required=True)
    options.add_argument("--plan", default="{}")
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    random.seed(chosen.seed)
    server = Server(("127.0.0.1", 0), Handler)
    server.plan = json.loads(chosen.plan)
    server.log = os.open(chosen.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Path(chosen.ready).write_text(str(server.server_address[1]))
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
