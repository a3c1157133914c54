"""A text-message gateway on this machine that answers as it is told and writes down what it got."""

import contextlib
import http.server
import threading


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        service = self.server
        service.connections.add(self.client_address)
        service.announced += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]):
            self.close_connection = True
            return  # hung up before the body: nothing was sent
        answer = service.answers.pop(0) if service.answers else 202
        if answer == "cut":
            service.taken.append((self.path, dict(self.headers), body))
            self.close_connection = True
            return
        if answer == 202:
            service.taken.append((self.path, dict(self.headers), body))
        said = service.said
        self.send_response(answer)
        self.send_header("Content-Length", str(len(said)))
        if service.hangs_up:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *args):
        pass


class _Service(http.server.ThreadingHTTPServer):
    daemon_threads = True


@contextlib.contextmanager
def sms_service(*answers, said=b"{}", hangs_up=False):
    """`answers`: a status each, or "cut" to take the message and say nothing; afterwards 202."""
    with _Service(("127.0.0.1", 0), _Handler) as server:
        server.answers, server.said, server.hangs_up = list(answers), said, hangs_up
        server.taken, server.announced, server.connections = [], 0, set()
        server.url = f"http://127.0.0.1:{server.server_address[1]}/v1/send?from=cx"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
