#!/usr/bin/env python3
"""A provider of single sign-on that does what none should, on loopback, with a certificate of its own.

  misleading-provider.py start DIR PID  starts it in the empty directory DIR and prints NAME=VALUE lines; it ends, and DIR goes, with process PID

Below https://localhost:PORT, each of these is an issuer with a document at .well-known/openid-configuration:

  /good      as it should be
  /moved     answers with 302, 307 or 308 in turn and the address of the document of /good
  /long      answers with megabytes, and says how many
  /endless   the same, in pieces of which it does not say how many there are

What was asked for is written into DIR/asked, a path a line. PORT=old is the same with TLS 1.2 and nothing newer.
"""

import http.server
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading
import time

MEGABYTES = 4


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def certificate():
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", "server.key",
            "-out", "server.pem", "-subj", "/O=tests/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-addext", "basicConstraints=critical,CA:TRUE")


class Misleading(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    turns = 0

    def do_GET(self):
        with open("asked", "a") as file:
            file.write(self.path + "\n")
        base = f"https://localhost:{self.server.server_port}"
        issuer = self.path.split("/")[1]
        if issuer == "good":
            address = base + "/good"
            text = json.dumps({"issuer": address, "device_authorization_endpoint": address + "/device",
                               "token_endpoint": address + "/token", "jwks_uri": address + "/keys"}).encode()
            self.answer(200, text, "Content-Length", str(len(text)))
        elif issuer == "moved":
            Misleading.turns += 1
            status = [302, 307, 308][Misleading.turns % 3]
            self.answer(status, b"", "Content-Length", "0", ("Location", base + "/good/.well-known/openid-configuration"))
        elif issuer == "long":
            text = b'{"issuer":"' + b"x" * (MEGABYTES << 20) + b'"}'
            self.answer(200, text, "Content-Length", str(len(text)))
        elif issuer == "endless":
            self.answer(200, b"", "Transfer-Encoding", "chunked")
            piece = b'"' + b"x" * 65534 + b'"'
            for _ in range(MEGABYTES << 4):
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.answer(404, b"", "Content-Length", "0")

    def answer(self, status, text, name, value, *more):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        for header, content in [(name, value), *more]:
            self.send_header(header, content)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """Who has heard enough goes away."""


def serve(old):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("server.pem", "server.key")
    if old:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    server = Server(("127.0.0.1", 0), Misleading)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


def run(directory, parent):
    """Until the process is gone for which it was started."""
    os.chdir(directory)
    certificate()
    with open("ready.new", "w") as file:
        file.write(f"port={serve(False)}\nold={serve(True)}\nauthority={directory}/server.pem\nasked={directory}/asked\n")
    os.rename("ready.new", "ready")
    while os.path.exists(f"/proc/{parent}"):
        time.sleep(1)
    shutil.rmtree(directory, ignore_errors=True)


def start(directory, parent):
    subprocess.Popen([sys.executable, __file__, "run", directory, parent], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                     stderr=subprocess.DEVNULL, start_new_session=True)
    for _ in range(300):
        if os.path.exists(f"{directory}/ready"):
            print(open(f"{directory}/ready").read(), end="")
            return
        time.sleep(0.1)
    raise SystemExit("misleading-provider: it does not answer")


if __name__ == "__main__":
    {"start": start, "run": run}[sys.argv[1]](os.path.realpath(sys.argv[2]), sys.argv[3])
