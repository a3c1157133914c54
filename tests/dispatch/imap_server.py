"""A mailbox on this machine that speaks as much IMAP as reading reports needs, and writes down what was asked."""

import contextlib
import email
import re
import socketserver
import threading


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("* OK ready")
        for line in self.rfile:
            tag, _, command = line.decode().strip().partition(" ")
            self.server.commands.append(command)
            verb, _, rest = command.partition(" ")
            if verb.upper() == "UID":
                verb, _, rest = rest.partition(" ")
            answer = getattr(self, f"do_{verb.lower()}", lambda rest: "OK")(rest)
            self.say(f"{tag} {answer} done")
            if verb.upper() == "LOGOUT":
                return

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def do_capability(self, rest):
        self.say("* CAPABILITY IMAP4rev1")
        return "OK"

    def do_login(self, rest):
        return "OK" if rest == f'{self.server.user} "{self.server.password}"' else "NO"

    def do_select(self, rest):
        self.say(f"* {len(self.server.mails)} EXISTS")
        return "OK" if rest == '"INBOX"' else "NO"

    def do_search(self, rest):
        field, value = re.fullmatch(r"UNSEEN HEADER (\S+) (\S+)", rest).groups()
        uids = [
            str(uid)
            for uid, raw in self.server.mails.items()
            if uid not in self.server.seen and value in str(email.message_from_bytes(raw)[field])
        ]
        self.say("* SEARCH " + " ".join(uids))
        return "OK"

    def do_fetch(self, rest):
        uid, length = re.fullmatch(r"(\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", rest).groups()
        raw = self.server.mails[int(uid)][: int(length)]
        self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[]<0> {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")
        return "OK"

    def do_store(self, rest):
        self.server.seen.add(int(rest.split()[0]))
        return "OK"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextlib.contextmanager
def imap_server(mails, user="reports", password="secret-1"):
    """`mails`: uid -> bytes. The server has `url`, `seen` and `commands`."""
    with _Server(("127.0.0.1", 0), _Session) as server:
        server.mails, server.seen, server.commands = dict(mails), set(), []
        server.user, server.password = user, password
        server.url = f"imap://{user}:{password}@127.0.0.1:{server.server_address[1]}/INBOX"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
