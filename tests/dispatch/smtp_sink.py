"""A mail server of our own that takes everything and does what it is told to do wrong.

It writes one line for each body it has taken: when, Message-ID, recipient, and whether the client heard of it.
"""

import argparse
import asyncio
import json
import os
import random
import re
import socket
import sys
import time
from pathlib import Path

MESSAGE_ID = re.compile(rb"^Message-ID: *(\S+)", re.IGNORECASE | re.MULTILINE)
PATH = re.compile(rb"<([^>]*)>")


class Plan:
    """Shares of 1, decided anew for each message; counts where a number stands."""

    def __init__(self, **faults):
        self.refuse = faults.get("refuse", 0)  # recipients, for good
        self.greylist = faults.get("greylist", 0)  # recipients, at their first attempt
        self.cut_before = faults.get("cut_before", 0)  # hang up instead of the go-ahead for the body
        self.cut_after = faults.get("cut_after", 0)  # hang up after the body, not taken
        self.lose_reply = faults.get("lose_reply", 0)  # take the body, hang up without a word
        self.later = faults.get("later", 0)  # a 451 after the body
        self.close_after = faults.get("close_after", 0)  # 421 after so many mails on one connection
        self.slow = faults.get("slow", 0)  # share of bodies answered after slow_seconds
        self.slow_seconds = faults.get("slow_seconds", 1.0)
        self.reply_delay = faults.get("reply_delay", 0)  # seconds before each answer to a body
        self.delayed_ack = faults.get("delayed_ack", False)  # TCP acknowledges as late as it may
        self.pipelining = faults.get("pipelining", True)
        self.smtputf8 = faults.get("smtputf8", True)
        self.most_connections = faults.get("most_connections", 0)


class Sink:
    def __init__(self, plan, log, seed=1, keep=None):
        self.plan = plan
        self.log = log
        self.keep = keep
        self.random = random.Random(seed)
        self.greylisted = set()
        self.refused = {}
        self.connections = 0
        self.open = 0
        self.accepted = 0

    def happens(self, share):
        return bool(share) and self.random.random() < share

    def is_refused(self, recipient):
        if recipient not in self.refused and self.plan.refuse:
            self.refused[recipient] = self.happens(self.plan.refuse)
        return self.refused.get(recipient, False)

    def is_greylisted(self, recipient):
        if not self.plan.greylist or recipient in self.greylisted:
            return False
        self.greylisted.add(recipient)
        return self.happens(self.plan.greylist)

    def take(self, body, recipient, heard):
        found = MESSAGE_ID.search(body[:4096])
        message_id = found[1].decode() if found else "-"
        self.accepted += 1
        self.log.write(f"{time.time():.6f} {message_id} {recipient.decode('utf-8', 'replace')} {heard}\n")
        self.log.flush()
        if self.keep:
            Path(self.keep, f"{self.accepted:06}").write_bytes(recipient + b"\n" + body)


class Session(asyncio.Protocol):
    def __init__(self, sink):
        self.sink = sink
        self.plan = sink.plan
        self.buffer = b""
        self.body = None
        self.sender = None
        self.recipients = []
        self.mails = 0
        self.out = []
        self.closing = False

    def connection_made(self, transport):
        self.transport = transport
        self.sink.connections += 1
        self.sink.open += 1
        self.socket = transport.get_extra_info("socket")
        if self.plan.most_connections and self.sink.open > self.plan.most_connections:
            transport.write(b"421 4.7.0 too many connections\r\n")
            transport.close()
            return
        transport.write(b"220 sink ESMTP\r\n")

    def connection_lost(self, error):
        self.sink.open -= 1

    def data_received(self, data):
        if self.plan.delayed_ack:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
        self.buffer += data
        while not self.closing and (self._take_body() if self.body is not None else self._take_line()):
            pass
        if self.out:
            self.transport.write(b"".join(self.out))
            self.out = []
        if self.closing:
            self.transport.close()

    def _take_line(self):
        line, end, rest = self.buffer.partition(b"\r\n")
        if not end:
            return False
        self.buffer = rest
        verb = line[:4].upper()
        answer = {
            b"EHLO": self._ehlo,
            b"MAIL": self._mail,
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"RSET": self._rset,
            b"QUIT": self._quit,
        }.get(verb, self._unknown)
        answer(line)
        return True

    def say(self, text):
        self.out.append(text + b"\r\n")

    def hang_up(self):
        if self.out:
            self.transport.write(b"".join(self.out))
            self.out = []
        self.closing = True

    def _ehlo(self, line):
        offers = [
            b"sink",
            *[b"PIPELINING"] * self.plan.pipelining,
            *[b"SMTPUTF8"] * self.plan.smtputf8,
            b"8BITMIME",
        ]
        for offer in offers[:-1]:
            self.say(b"250-" + offer)
        self.say(b"250 " + offers[-1])

    def _mail(self, line):
        if self.plan.close_after and self.mails >= self.plan.close_after:
            self.say(b"421 4.7.0 enough for one connection")
            self.hang_up()
            return
        self.sender = PATH.search(line)[1]
        self.recipients = []
        self.say(b"250 2.1.0 ok")

    def _rcpt(self, line):
        recipient = PATH.search(line)[1]
        if self.sink.is_refused(recipient):
            self.say(b"550 5.1.1 no such mailbox")
        elif self.sink.is_greylisted(recipient):
            self.say(b"451 4.7.1 greylisted, come again")
        else:
            self.recipients.append(recipient)
            self.say(b"250 2.1.5 ok")

    def _data(self, line):
        if not self.recipients:
            self.say(b"503 5.5.1 no recipient")
        elif self.sink.happens(self.plan.cut_before):
            self.hang_up()
        else:
            self.body = b""
            self.say(b"354 go ahead")

    def _take_body(self):
        body, end, rest = self.buffer.partition(b"\r\n.\r\n")
        if not end:
            return False
        self.buffer, self.body = rest, None
        self.mails += 1
        if self.sink.happens(self.plan.cut_after):
            self.hang_up()
        elif self.sink.happens(self.plan.later):
            self.say(b"451 4.3.0 not now")
        elif self.sink.happens(self.plan.lose_reply):
            self._take_all(body, "unheard")
            self.hang_up()
        else:
            self._take_all(body, "heard")
            self._answer_body()
        return True

    def _take_all(self, body, heard):
        for recipient in self.recipients:
            self.sink.take(body, recipient, heard)

    def _answer_body(self):
        delay = self.plan.slow_seconds if self.sink.happens(self.plan.slow) else self.plan.reply_delay
        if delay:
            asyncio.get_running_loop().call_later(delay, self._answer_late)
        else:
            self.say(b"250 2.0.0 taken")

    def _answer_late(self):
        if not self.transport.is_closing():
            self.transport.write(b"250 2.0.0 taken\r\n")

    def _rset(self, line):
        self.recipients = []
        self.say(b"250 2.0.0 ok")

    def _quit(self, line):
        self.say(b"221 2.0.0 bye")
        self.hang_up()

    def _unknown(self, line):
        self.say(b"502 5.5.1 not here")


async def serve(sink, port, ready):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(sink), "127.0.0.1", port, backlog=200)
    Path(ready).write_text(str(server.sockets[0].getsockname()[1]))
    parent = os.getppid()
    while os.getppid() == parent:  # nobody is left behind when the test is killed
        await asyncio.sleep(0.5)
        Path(f"{ready}.new").write_text(f"{sink.connections} {sink.accepted}")
        Path(f"{ready}.new").rename(f"{ready}.counts")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--ready", required=True, help="file that gets the port")
    options.add_argument("--log", required=True)
    options.add_argument("--plan", default="{}")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", help="folder that gets a file of recipient and mail for each")
    chosen = options.parse_args()
    if chosen.keep:
        Path(chosen.keep).mkdir()
    with Path(chosen.log).open("a") as log:
        sink = Sink(Plan(**json.loads(chosen.plan)), log, chosen.seed, chosen.keep)
        asyncio.run(serve(sink, chosen.port, chosen.ready))


if __name__ == "__main__":
    sys.exit(main())
