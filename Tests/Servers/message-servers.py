#!/usr/bin/env python3
"""Servers for messages, on loopback: what comes is written into the directory that is given, and judged by other code than ours.

    message-servers.py DIR      certificates are in it; writes DIR/ready with a line NAME=PORT for each server

    smtps     TLS 1.3, wants user 'backup' and password 'pass word'; refuses nobody@, puts off later@ once
    starttls  the same, begun in plain
    old       smtps with TLS 1.2 and nothing newer
    untrusted, misnamed     smtps with such a certificate
    plain     smtp without STARTTLS
    silent    takes connections and says nothing
    https     webhooks: /hook wants a valid signature, /busy /broken /gone /moved answer so, /silent does not answer, /ping counts
    oldweb    https with TLS 1.2
"""
import asyncio, hashlib, hmac, json, os, socket, ssl, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.smtp import AuthResult, SMTP

folder = sys.argv[1]
lock = threading.Lock()
counts = {"mail": 0, "web": 0}
put_off = set()
SECRET = b"a secret of webhooks"


def context(name, old=False):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
    if old:
        made.maximum_version = ssl.TLSVersion.TLSv1_2
    else:
        made.minimum_version = ssl.TLSVersion.TLSv1_3
    return made


def keep(kind, text):
    with lock:
        counts[kind] += 1
        path = f"{folder}/{kind}/{counts[kind]:04}"
    with open(path + ".new", "wb") as file:
        file.write(text)
    os.rename(path + ".new", path)


class Mail:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 5.1.1 no such user"
        if address.startswith("later@") and address not in put_off:
            put_off.add(address)
            return "451 4.7.1 greylisted, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        facts = {
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "hello": session.host_name,
            "user": (session.auth_data.login.decode() if session.auth_data else None),
            "tls": server.transport.get_extra_info("ssl_object").version(),
        }
        keep("mail", json.dumps(facts).encode() + b"\n" + envelope.original_content)
        return "250 taken"


def check(server, session, envelope, mechanism, data):
    right = data.login == b"backup" and data.password == b"pass word"
    return AuthResult(success=right, handled=False, auth_data=data)


def mail(name, tls=None, starttls=None):
    def made():
        return SMTP(Mail(), hostname="localhost", loop=loop, tls_context=starttls, require_starttls=starttls is not None,
                    authenticator=check, auth_required=starttls is not None or tls is not None,
                    auth_require_tls=tls is None)

    server = loop.run_until_complete(loop.create_server(made, "127.0.0.1", 0, ssl=tls))
    ports[name] = server.sockets[0].getsockname()[1]


class Web(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/ping":
            keep("web", b"ping")
            return self.answer(200)
        self.answer(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/hook":
            parts = dict(part.split("=", 1) for part in self.headers["Safehold-Signature"].split(","))
            wanted = hmac.new(SECRET, parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
            if not hmac.compare_digest(wanted, parts["v1"]) or abs(time.time() - int(parts["t"])) > 300:
                return self.answer(401, body=b"the signature does not fit")
            facts = {name: self.headers[name] for name in ("Idempotency-Key", "Content-Type", "User-Agent")}
            facts["tls"] = self.connection.version()
            keep("web", json.dumps({"facts": facts, "body": json.loads(body)}).encode())
            return self.answer(204)
        if self.path == "/busy":
            return self.answer(429, [("Retry-After", "77")], b"not so fast")
        if self.path == "/broken":
            return self.answer(503, body=b"out of order")
        if self.path == "/moved":
            return self.answer(302, [("Location", "https://localhost/hook")])
        if self.path == "/silent":
            time.sleep(30)
        self.answer(404, body=b"not here")

    def log_message(self, *args):
        pass


def web(name, tls):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Web)
    server.daemon_threads = True
    # Each handshake in a thread of its own: a client that goes away holds up nobody.
    server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    ports[name] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()


ports = {}
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
mail("smtps", tls=context("good"))
mail("starttls", starttls=context("good"))
mail("old", tls=context("good", old=True))
mail("untrusted", tls=context("untrusted"))
mail("misnamed", tls=context("misnamed"))
mail("plain")
silent = socket.create_server(("127.0.0.1", 0))
ports["silent"] = silent.getsockname()[1]
web("https", context("good"))
web("oldweb", context("good", old=True))
with open(f"{folder}/ready.new", "w") as file:
    file.writelines(f"{name}={port}\n" for name, port in ports.items())
os.rename(f"{folder}/ready.new", f"{folder}/ready")
loop.run_forever()
