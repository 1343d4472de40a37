#!/usr/bin/env python3
"""An HTTP proxy on loopback that spoils traffic, for tests. Python's standard library only.

    fault-proxy.py URL [--certificate FILE --key FILE [--old]]      --old: nothing but a handshake, of TLS 1.2

Prints its port. Takes lines of JSON on its standard input and answers each with one; ends when that ends:
    {"chance": 0.1, "seed": 7, "faults": [{"kind": "status", "code": 503, "match": "^PUT "}, …]}
        from now on so large a share of the requests suffers one of the faults that match it ("METHOD /path?query")
    {}  says how many requests there were, and how many suffered what

    status   answered here with code, error (the S3 code), and never seen by the server
    lost     the server does it, and the client hears nothing but code, or a reset where there is none
    reset    the connection is reset after `after` bytes of the body; way: up or down
    cut      the answer ends after `after` bytes, whatever length it named
    shorten  the answer loses its last `by` bytes, and its length agrees
    flip     one bit in the middle of the body is turned; way: up or down
    hang     nothing for `seconds`, then the connection is closed; at: head (the server never sees it) or body (half an answer)
    twice    the server is given the request twice, the client gets the second answer
    garbage  an answer that is no HTTP
    page     a list stops after `keep` entries and says that it goes on; a marker is made of the last one
    stale    a continued list is answered with the page that went before
"""
import argparse, asyncio, email.utils, json, os, random, re, socket, ssl, struct, sys, threading
from urllib.parse import urlsplit

WAITS = 180


class Gone(Exception):
    """The client's connection is to be closed."""


class Message:
    """A request or an answer: its first line, its headers as they came, and its body."""

    def __init__(self, head, body):
        self.first, _, rest = head.partition(b"\r\n")
        self.lines = [line for line in rest.split(b"\r\n") if line]
        self.body = body

    def header(self, name):
        for line in self.lines:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name: return value.strip()
        return b""

    def without(self, *names):
        self.lines = [line for line in self.lines if line.partition(b":")[0].strip().lower() not in names]

    def head(self): return b"\r\n".join([self.first, *self.lines, b"", b""])

    def resize(self, body):
        self.body = body
        self.without(b"content-length", b"transfer-encoding")
        self.lines.append(b"Content-Length: %d" % len(body))


class Proxy:
    def __init__(self, url):
        self.host, self.port = url.hostname, url.port
        self.random, self.chance, self.faults = random.Random(1), 0.0, []
        self.requests, self.counts, self.pages = 0, {}, {}

    def command(self, line):
        asked = json.loads(line)
        if "faults" in asked:
            self.random, self.chance, self.faults = random.Random(asked.get("seed", 1)), asked["chance"], asked["faults"]
            self.requests, self.counts = 0, {}
        return json.dumps({"requests": self.requests, "counts": self.counts})

    def pick(self, line):
        self.requests += 1
        fitting = [f for f in self.faults if re.search(f.get("match", ""), line) and f.get("times", 1) > 0]
        if not fitting or self.random.random() >= self.chance: return {"kind": ""}
        fault = self.random.choice(fitting)
        if "times" in fault: fault["times"] -= 1
        return fault

    def count(self, fault): self.counts[fault["kind"]] = self.counts.get(fault["kind"], 0) + 1

    async def client(self, reader, writer):
        try:
            while await self.request(reader, writer): pass
        except (OSError, EOFError, asyncio.LimitOverrunError, Gone): pass
        finally: writer.close()

    async def request(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        request = Message(head, b"")
        line = request.first.rpartition(b" ")[0].decode("latin1")
        fault = self.pick(line)
        kind = fault["kind"]
        length = int(request.header(b"content-length") or 0)
        if kind == "reset" and fault["way"] == "up" and length:
            await reader.readexactly(min(length, fault["after"]))
            self.count(fault)
            reset(writer)
        request.body = await reader.readexactly(length)
        await self.before(fault, request, line, reader, writer)
        answer = await self.ask(request)
        if kind == "twice":
            self.count(fault)
            answer = await self.ask(request)
        await self.after(fault, answer, line, writer)
        writer.write(answer.head() + answer.body)
        await writer.drain()
        return True

    async def before(self, fault, request, line, reader, writer):
        """What spoils a request before the server sees it."""
        kind = fault["kind"]
        if kind == "status":
            self.count(fault)
            writer.write(error(fault["code"], fault["error"], line))
            await writer.drain()
            raise Gone
        if kind == "hang" and fault["at"] == "head":
            self.count(fault)
            await asyncio.sleep(fault["seconds"])
            raise Gone
        if kind == "garbage":
            self.count(fault)
            writer.write(b"\x16\x03\x01 this is no HTTP \x00\xff\r\n\r\n")
            await writer.drain()
            raise Gone
        if kind == "flip" and fault["way"] == "up" and request.body:
            self.count(fault)
            request.body = flipped(request.body)

    async def ask(self, request):
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=1 << 20)
        try:
            request.without(b"expect", b"connection")
            request.lines.append(b"Connection: close")
            writer.write(request.head() + request.body)
            await writer.drain()
            answer = Message(await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WAITS), b"")
            answer.without(b"connection")
            status = int(answer.first.split(b" ")[1])
            if not request.first.startswith(b"HEAD ") and status not in (204, 304):
                chunked = b"chunked" in answer.header(b"transfer-encoding")
                answer.resize(await (unchunked(reader) if chunked else reader.readexactly(int(answer.header(b"content-length")))))
            return answer
        finally: writer.close()

    async def after(self, fault, answer, line, writer):
        """What spoils an answer."""
        kind, body = fault["kind"], answer.body
        listing = b"<ListBucketResult" in body or b"<ListVersionsResult" in body
        if listing: self.turn(fault, answer, line)
        if kind == "lost":
            self.count(fault)
            if "code" not in fault: reset(writer)
            writer.write(error(fault["code"], "InternalError", line))
            await writer.drain()
            raise Gone
        if kind == "flip" and fault["way"] == "down" and body:
            self.count(fault)
            answer.body = flipped(body)
        if kind == "shorten" and body:
            self.count(fault)
            answer.resize(body[:-fault["by"]])
        if body and (kind == "cut" or kind == "hang" or kind == "reset" and fault["way"] == "down"):
            self.count(fault)
            writer.write(answer.head() + body[:min(len(body) - 1, fault.get("after", len(body) // 2))])
            await writer.drain()
            if kind == "hang": await asyncio.sleep(fault["seconds"])
            if kind == "reset":
                # What was sent has to get there before the reset does.
                await asyncio.sleep(0.02)
                reset(writer)
            raise Gone

    def turn(self, fault, answer, line):
        """Pages of lists."""
        listing = re.sub(r"[?&](continuation-token|key-marker|version-id-marker)=[^&]*", "", line)
        before = self.pages.get(listing)
        if fault["kind"] == "stale" and before and listing != line:
            self.count(fault)
            answer.resize(before)
            return
        if fault["kind"] == "page": self.shorter(fault, answer)
        self.pages[listing] = answer.body

    def shorter(self, fault, answer):
        entries = list(re.finditer(rb"<(Contents|Version|DeleteMarker)>.*?</\1>", answer.body, re.S))
        if len(entries) <= fault["keep"]: return
        self.count(fault)
        last = entries[fault["keep"] - 1]
        key = re.search(rb"<Key>(.*?)</Key>", last[0])[1]
        version = re.search(rb"<VersionId>(.*?)</VersionId>", last[0])
        body = answer.body[:last.end()] + answer.body[entries[-1].end():]
        for name in (b"IsTruncated", b"NextKeyMarker", b"NextVersionIdMarker", b"NextContinuationToken"):
            body = re.sub(rb"<%s>.*?</%s>|<%s/>" % (name, name, name), b"", body)
        marks = b"<NextKeyMarker>%s</NextKeyMarker><NextVersionIdMarker>%s</NextVersionIdMarker>" % (key, version[1]) if version \
            else b"<NextContinuationToken>%s</NextContinuationToken>" % key
        answer.resize(body[:body.rindex(b"</List")] + b"<IsTruncated>true</IsTruncated>" + marks + body[body.rindex(b"</List"):])


async def unchunked(reader):
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return body


def flipped(body):
    at = len(body) // 2
    return body[:at] + bytes([body[at] ^ 4]) + body[at + 1:]


def error(code, name, line):
    body = b"" if line.startswith("HEAD ") else f"<Error><Code>{name}</Code></Error>".encode()
    date = email.utils.formatdate(usegmt=True)
    return f"HTTP/1.1 {code} {name}\r\nDate: {date}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def reset(writer):
    try: writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError: pass
    writer.transport.abort()
    raise Gone


def refuse(tls):
    """Shakes hands, or says why not; asyncio hangs up without a word. Nobody of ours gets any further."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            client, _ = listener.accept()
            try: tls.wrap_socket(client, server_side=True).close()
            except OSError: client.close()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--old", action="store_true")
    asked = parser.parse_args()
    proxy, tls = Proxy(urlsplit(asked.url)), None
    if asked.certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(asked.certificate, asked.key)
        version = ssl.TLSVersion.TLSv1_2 if asked.old else ssl.TLSVersion.TLSv1_3
        tls.minimum_version = tls.maximum_version = version
    if asked.old: port = refuse(tls)
    else:
        server = await asyncio.start_server(proxy.client, "127.0.0.1", 0, ssl=tls, limit=1 << 20, backlog=512)
        port = server.sockets[0].getsockname()[1]
    print(port, flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline(): print(proxy.command(line), flush=True)
    # Connections that are open would each be cancelled with a cry.
    os._exit(0)


asyncio.run(main())
