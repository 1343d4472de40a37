"""Writes a small repository of format 1, for the tests of restore.py only: nothing here is fit for keeping data.

It follows docs/format.md and shares no code with the reader. `Builder` holds the keys and writes objects; `build` makes the repository
that the tests restore."""

import hashlib
import hmac
import os
import random
import struct

import zstandard
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
PASSPHRASE = "correct horse — battery".encode()
EPOCH, LOG_N = 1, 15


def sha(data):
    return hashlib.sha256(data).digest()


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def signed(n):
    return varint(n << 1 if n >= 0 else (-n << 1) - 1)


def counted(data):
    return varint(len(data)) + data


def listing(items):
    return varint(len(items)) + b"".join(map(counted, items))


def fields(values):
    return b"".join(varint(tag) + counted(struct.pack("<Q", v) if isinstance(v, int) else v) for tag, v in sorted(values.items()))


def xwing_public(seed):
    e = hashlib.shake_256(seed).digest(96)
    return (MLKEM768PrivateKey.from_seed_bytes(e[:64]).public_key().public_bytes_raw()
            + X25519PrivateKey.from_private_bytes(e[64:]).public_key().public_bytes_raw())


def seal(public, plaintext, info):
    key = hpke.MLKEM768X25519PublicKey(MLKEM768PublicKey.from_public_bytes(public[:1184]), X25519PublicKey.from_public_bytes(public[1184:]))
    return SUITE.encrypt(plaintext, key, info)


def nonce(prefix, counter):
    return struct.pack(">IQ", prefix, counter)


class Signer:
    def __init__(self):
        self.ed25519, self.mldsa = Ed25519PrivateKey.generate(), MLDSA65PrivateKey.generate()
        self.public = self.ed25519.public_key().public_bytes_raw() + self.mldsa.public_key().public_bytes_raw()

    def record(self, magic, repository, values):
        body = fields(values)
        message = b"safehold v1 signature\0" + magic + repository + body
        return magic + struct.pack("<I", len(body)) + body + self.ed25519.sign(message) + self.mldsa.sign(message)


class Chunk:
    """A plaintext on its way into a pack, and afterwards what refers to it."""

    def __init__(self, builder, kind, plaintext, bases=None, compress=True):
        self.kind, self.plaintext = kind, plaintext
        digest = sha(plaintext)
        if kind == 2:
            n, at = struct.unpack_from("<I", plaintext)[0], 0
            at, digest = 4 + 4 * n, struct.pack("<I", n)
            for length in struct.unpack_from(f"<{n}I", plaintext, 4):
                digest += struct.pack("<I", length) + sha(plaintext[at:at + length])
                at += length
            digest = sha(digest)
        self.id = hmac.digest(builder.chunk_id_key, bytes([kind]) + digest, "sha256")
        frame = struct.pack("<I", len(plaintext))
        if bases:
            slices = b"".join(bytes([c.kind]) + c.id + varint(o) + varint(length) for c, o, length in bases)
            base = b"".join(c.piece(o, length) for c, o, length in bases)
            dictionary = zstandard.ZstdCompressionDict(base, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
            frame = b"\2" + frame + varint(len(bases)) + slices + zstandard.ZstdCompressor(dict_data=dictionary).compress(plaintext)
        elif compress:
            frame = b"\1" + frame + zstandard.ZstdCompressor().compress(plaintext)
        else:
            frame = b"\0" + frame + plaintext
        self.frame = frame

    def piece(self, offset, length):
        start = 4 + 4 * struct.unpack_from("<I", self.plaintext)[0] if self.kind == 2 else 0
        return self.plaintext[start + offset:start + offset + length]


class Builder:
    def __init__(self, root):
        self.root = root
        self.repository, self.domain, self.writer = os.urandom(16), os.urandom(16), os.urandom(16)
        self.administrator, self.signer = Signer(), Signer()
        self.data_seed, self.structure_seed, self.chunk_id_key, self.chunker_key = (os.urandom(32) for _ in range(4))
        self.previous, self.names = bytes(32), {}

    def put(self, name, data):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(data)
        return sha(data)

    def put_named(self, directory, data):
        digest = sha(data).hex()
        self.put(f"{directory}/{digest}", data)
        return f"{directory}/{digest}"

    # -- sections 1 to 3: FORMAT, recipients, epoch

    def found(self):
        page, program = b"the format page", b"the restorer"
        self.put_named("spec", page), self.put_named("spec", program)
        lines = ["safehold repository", "format: 1", f"repository: {self.repository.hex()}", "created: 2026-01-01T00:00:00Z", "suite: 1",
                 "chunker: gear64-v1 min=65536 avg=262144 max=2097152", "pack-size: 16777216",
                 f"administrator: {sha(self.administrator.public).hex()}", f"specification: {sha(page).hex()}",
                 f"restorer: {sha(program).hex()}", "read-features: ", "write-features: "]
        text = "".join(line + "\n" for line in lines).encode()
        self.put("FORMAT", text)
        self.put("keys/administrator/public", self.administrator.public)
        self.put("keys/administrator/format", self.administrator.record(b"SHFORMT1", self.repository, {1: sha(text)}))
        self.put_named("keys/writers", self.administrator.record(b"SHWRITR1", self.repository, {
            1: self.writer, 2: self.domain, 3: b"host", 4: self.signer.public, 5: 1}))
        epoch = f"keys/domains/{self.domain.hex()}/{EPOCH:010}"
        self.epoch_public = {1: xwing_public(self.data_seed), 2: xwing_public(self.structure_seed)}
        self.put(f"{epoch}/bundle", self.administrator.record(b"SHEPOCH1", self.repository, {
            1: self.domain, 2: EPOCH, 3: 1, 4: self.epoch_public[1], 5: self.epoch_public[2], 6: 1,
            7: sha(b"safehold v1 domain keys" + self.chunk_id_key + self.chunker_key)}))
        salt = os.urandom(32)
        self.recipient(1, {7: salt, 8: LOG_N, 9: 8, 10: 1}, passphrase=PASSPHRASE)
        self.key_seed = self.recipient(2, {})
        self.escrow_id = os.urandom(16)
        self.escrow_seed = self.recipient(3, {13: 2, 14: 3}, identity=self.escrow_id)

    def recipient(self, kind, more, passphrase=None, identity=None):
        seed, identity = os.urandom(32), identity or os.urandom(16)
        values = {1: identity, 2: kind, 3: b"label", 4: xwing_public(seed), 5: 1, 6: 3, **more}
        if passphrase:
            derived = hashlib.scrypt(passphrase, salt=more[7], n=1 << more[8], r=more[9], p=more[10], dklen=64, maxmem=1 << 27)
            values[11] = derived[32:]
            values[12] = AESGCM(derived[:32]).encrypt(bytes(12), seed, b"safehold v1 recipient" + self.repository + identity)
        self.put_named("keys/recipients", self.administrator.record(b"SHRECIP1", self.repository, values))
        info = b"safehold v1 slot" + self.repository + b"\1" + self.domain + struct.pack("<I", EPOCH) + identity
        plaintext = self.data_seed + self.structure_seed + self.chunk_id_key + self.chunker_key
        sealed = seal(values[4], plaintext, info)
        self.put_named(f"keys/domains/{self.domain.hex()}/{EPOCH:010}/slots",
                       b"SHSLOT01\1" + identity + struct.pack("<HI", 0x647A, len(sealed)) + sealed)
        return seed

    def shares(self):
        """A 2-of-3 split of the escrow seed; f(x) = seed + slope x."""
        def times(a, b):
            out = 0
            for i in range(8):
                if b >> i & 1:
                    out ^= a << i
            for i in range(14, 7, -1):
                if out >> i & 1:
                    out ^= 0x11B << i - 8
            return out
        slope = os.urandom(32)
        for x in (1, 2, 3):
            share = bytes([2, 3, x]) + self.escrow_id + bytes(s ^ times(k, x) for s, k in zip(self.escrow_seed, slope))
            yield f"SAFEHOLD-SHARE-1:{(share + sha(share)[:4]).hex()}\n"

    # -- seal headers, packs, index runs

    def begin_session(self):
        self.session, self.secrets, self.seals = os.urandom(16), {}, b""
        for kind in (1, 2):
            self.secrets[kind] = os.urandom(32)
            info = b"safehold v1 session" + self.repository + self.domain + struct.pack("<I", EPOCH) + bytes([kind])
            sealed = seal(self.epoch_public[kind], self.secrets[kind], info)
            self.seals += struct.pack("<BBHI", kind, 0, 0x647A, len(sealed)) + sealed
        self.written, self.entries, self.packs = [], [], []

    def header(self, object_class):
        identity, keys, commitments = os.urandom(16), {}, b""
        for kind, label in ((1, b"safehold v1 data key"), (2, b"safehold v1 structure key")):
            derived = HKDF(algorithm=hashes.SHA256(), length=64, salt=identity, info=label).derive(self.secrets[kind])
            keys[kind], commitments = AESGCM(derived[:32]), commitments + derived[32:]
        raw = (b"SHSEAL01" + struct.pack("<HBBI", 1, object_class, 2, 136 + len(self.seals)) + identity + self.repository + self.domain
               + struct.pack("<II", EPOCH, 0) + commitments + self.seals)
        return raw, identity, keys

    def pack(self, chunks, object_class, broken=()):
        """Writes a pack. The blobs of chunks in `broken` have a flipped bit in an otherwise consistent object."""
        header, identity, keys = self.header(object_class)
        data, footer = bytearray(header), b""
        places = []
        for chunk in chunks:
            at = len(data)
            associated = b"SHBLOB01" + identity + struct.pack("<Q", at) + bytes([chunk.kind]) + chunk.id
            blob = bytearray(keys[2 if chunk.kind in (5, 7) else 1].encrypt(nonce(0, at), chunk.frame, associated))
            if chunk in broken:
                blob[len(blob) // 2] ^= 1
            data += blob
            footer += chunk.id + struct.pack("<BBHIII", chunk.kind, 0, 0, at, len(blob), len(chunk.plaintext))
            places.append((chunk.id[:16], at, len(blob)))
        return self.finish_pack(data, header, identity, keys, struct.pack("<II", 0, len(chunks)) + footer, places, object_class)

    def finish_pack(self, data, header, identity, keys, footer, places, object_class, flags=0):
        end = len(data)
        sealed = keys[2].encrypt(nonce(1, 0), footer + bytes(16), b"SHFOOT01" + identity)
        tail_length = -(-(len(sealed) + len(header) + 64) // 4096) * 4096
        size = end + 2 * tail_length
        step = max(4096, 1 << max(0, size.bit_length() - 1 - 8))
        size = -(-size // step) * step
        data += os.urandom(size - 2 * tail_length - end)
        trailer = b"SHTAIL01" + struct.pack("<IIIIQ", tail_length, len(header), len(sealed), 0, end) + sha(sealed + header)
        tail = (sealed + header + trailer).rjust(tail_length, b"\0")
        data += tail + tail
        digest = sha(data)
        name = f"{('packs', 'meta')[object_class - 1]}/{digest.hex()[:2]}/{digest.hex()}"
        self.put(name, data)
        number = len(self.packs)
        self.packs.append((digest, len(data), object_class, flags))
        self.written.append((object_class, digest, len(data)))
        self.entries += [(prefix, number, at, length) for prefix, at, length in places]
        return name

    def moved_pack(self, source):
        """A pack that holds copies of all blobs of another one, as collection would write it."""
        with open(os.path.join(self.root, source), "rb") as file:
            data = file.read()
        origin_length = struct.unpack_from("<I", data, 12)[0]
        origin, origin_id = data[:origin_length], data[16:32]
        digest = bytes.fromhex(source[-64:])
        number = next(i for i, p in enumerate(self.packs) if p[0] == digest)
        header, identity, keys = self.header(1)
        out, footer, places = bytearray(header), b"", []
        full = {c.id[:16]: c for c in self.names.values()}
        moved = sorted((e for e in self.entries if e[1] == number), key=lambda e: -e[2])
        for prefix, _, at, length in moved:
            chunk = full[prefix]
            footer += chunk.id + struct.pack("<BBHIIIQ", chunk.kind, 0, 1, len(out), length, len(chunk.plaintext), at)
            places.append((prefix, len(out), length))
            out += data[at:at + length]
        self.entries = [e for e in self.entries if e[1] != number]
        footer = struct.pack("<I", 1) + counted(origin) + struct.pack("<I", len(moved)) + footer
        assert origin_id != identity
        os.unlink(os.path.join(self.root, source))
        self.written = [w for w in self.written if w[1] != digest]
        return self.finish_pack(out, header, identity, keys, footer, places, 1, flags=1)

    def index_run(self):
        header, identity, keys = self.header(3)
        entries = sorted(self.entries)
        data, firsts = bytearray(header), b""
        pages = -(-len(entries) // 585)
        for page in range(pages):
            plain = b"".join(struct.pack("<16sIII", *entry) for entry in entries[page * 585:(page + 1) * 585]).ljust(585 * 28, b"\xff")
            firsts += plain[:8]
            data += keys[2].encrypt(nonce(2, page), plain, b"SHPAGE01" + identity)
        tables = struct.pack("<I", len(self.packs)) + b"".join(struct.pack("<32sQBB", *pack) for pack in self.packs)
        sealed = keys[2].encrypt(nonce(3, 0), tables + struct.pack("<I", pages) + firsts, b"SHTABL01" + identity)
        at = len(data)
        data += sealed + b"SHINDX01" + struct.pack("<QIIQ", at, len(sealed), pages, len(entries)) + sha(sealed)
        name = self.put_named(f"index/{self.domain.hex()}/0", bytes(data))
        self.written.append((3, bytes.fromhex(name[-64:]), len(data)))
        return name

    # -- section 7: listing blocks, nodes and their twins

    def block(self, records):
        """Chunks (block, reference block) of records given as dictionaries with defaults."""
        ordinals, out = {}, b""
        previous = {"path": b"", "mtime": 0, "ctime": 0, "inode": 0}

        def slices(items):
            return varint(len(items)) + b"".join(
                varint(ordinals.setdefault((c.kind, c.id), len(ordinals))) + varint(o) + varint(length) for c, o, length in items)

        leads_to = {}
        for r in records:
            r = {"flags": 0, "mode": 0o644, "uid": os.geteuid(), "gid": os.getegid(), "mtime": 1700000000, "ns": 0, "ctime": 1700000001,
                 "inode": 1, "device": 2049, **r}
            if "xattrs" in r:
                r["flags"] |= 2
            shared = len(os.path.commonprefix([previous["path"], r["path"]]))
            out += varint(shared) + counted(r["path"][shared:]) + bytes([r["type"]]) + varint(r["flags"]) + varint(r["mode"])
            out += varint(r["uid"]) + varint(r["gid"]) + signed(r["mtime"] - previous["mtime"]) + varint(r["ns"])
            out += signed(r["ctime"] - previous["ctime"]) + varint(0) + signed(r["inode"] - previous["inode"]) + varint(r["device"])
            previous = r
            if r["flags"] & 1:
                out += varint(r["links"])
            if r["flags"] & 128:
                out += varint(0x10)
            if r["flags"] & 2:
                out += varint(len(r["xattrs"])) + b"".join(counted(n) + counted(v) for n, v in sorted(r["xattrs"].items()))
            if r["type"] == 2:
                content, used = r["content"], r.get("slices", [])
                out += varint(len(content)) + sha(content)
                leads_to.update({(c.kind, c.id): None for c, _, _ in used + r.get("also", [])})
                out += slices(used)
                if r["flags"] & 8:
                    out += varint(len(r["twins"])) + b"".join(varint(ordinals.setdefault((5, t.id), len(ordinals))) for t in r["twins"])
                if r["flags"] & 4:
                    end, out = 0, out + varint(len(r["extents"]))
                    for start, length in r["extents"]:
                        out, end = out + varint(start - end) + varint(length), start + length
            elif r["type"] == 3:
                out += counted(r["target"])
            elif r["type"] in (5, 6):
                out += varint(r["rdev"][0]) + varint(r["rdev"][1])
        table = b"".join(bytes([kind]) + identity for kind, identity in ordinals)
        names = varint(1) + b"\0" + varint(0) + counted(b"root")
        block = Chunk(self, 3, b"LB\1" + varint(len(ordinals)) + table + names + varint(len(records)) + out)
        leads_to.update(dict.fromkeys(ordinals))
        reference = Chunk(self, 5, b"RB\1" + varint(len(leads_to)) + b"".join(bytes([k]) + i for k, i in leads_to))
        return block, reference, records[0]["path"], records[-1]["path"], len(records)

    def node(self, level, children):
        listed = b"".join(c.id + t.id + counted(first) + counted(last) + varint(n) + varint(0) + varint(0) + signed(0)
                          for c, t, first, last, n in children)
        twins = b"".join(c.id + t.id for c, t, *_ in children)
        head = bytes([level]) + varint(len(children))
        return (Chunk(self, 6, b"LN\1" + head + listed), Chunk(self, 7, b"RN\1" + head + twins),
                children[0][2] if children else b"", children[-1][3] if children else b"", sum(c[4] for c in children))

    # -- section 8

    def snapshot(self, sequence, root, reference, time, paths, commit=True):
        record = lambda magic, values: self.signer.record(magic, self.repository, {2: self.session, 1: self.writer, **values})
        session = f"sessions/{self.writer.hex()}/{self.session.hex()}"
        self.put(f"{session}/intent", record(b"SHINTNT1", {3: time // 10**9}))
        manifest = self.put(f"{session}/manifest", record(b"SHMANIF1", {3: b"".join(struct.pack("<B32sQ", *w) for w in self.written)}))
        header, identity, keys = self.header(4)
        data = fields({1: b"files", 2: b"host", 3: b"user", 4: listing(paths), 5: listing([]), 6: root.id, 7: 3, 8: 2, 9: 1, 10: 1234,
                       11: 0, 12: time, 13: time, 14: listing([]), 15: 0, 16: 0})
        structure = fields({1: root.id, 2: reference.id})
        body = {1: self.repository, 2: self.writer, 3: self.domain, 4: EPOCH, 5: sequence, 6: self.previous, 7: self.session, 8: 1, 9: time,
                10: 0, 11: 0, 12: 0, 13: b"test", 14: header, 15: keys[1].encrypt(nonce(4, 0), data, b"SHSNAP01" + identity),
                16: keys[2].encrypt(nonce(5, 0), structure, b"SHSNAP01" + identity)}
        self.previous = self.put(f"snapshots/{self.writer.hex()}/{sequence:010}", self.signer.record(b"SHSNAPS1", self.repository, body))
        if commit:
            self.put(f"commits/{self.writer.hex()}/{sequence:010}", self.signer.record(b"SHCOMMT1", self.repository, {
                1: self.repository, 2: self.writer, 3: sequence, 4: self.previous, 5: 0, 6: 0, 7: manifest, 8: time // 10**9}))
        self.put(f"{session}/end", record(b"SHSEEND1", {3: time // 10**9}))


ODD = b"od\xff\xfed \n\x1b name"
LONG = b"n" * 255
DEEP = b"/".join(b"d%02d" % (i % 100) * 60 for i in range(30))        # beyond PATH_MAX


def build(root, broken="", moved=False):
    """The test repository: snapshot 1 (one file), snapshot 2 (everything), snapshot 3 never committed.

    `broken` names a file of snapshot 2 whose blob is damaged. Returns the builder; `builder.tree` holds what snapshot 2 describes."""
    b = Builder(root)
    b.found()
    rng = random.Random(7)
    b.begin_session()
    old = Chunk(b, 1, rng.randbytes(50000))
    block = b.block([{"path": b"home", "type": 1, "flags": 32, "mode": 0o755}, {"path": b"home/a", "type": 1, "mode": 0o755},
                     {"path": b"home/a/old", "type": 2, "content": old.plaintext, "slices": [(old, 0, 50000)]}])
    node = b.node(0, [block])
    b.pack([old], 1)
    b.pack([block[0], block[1], node[0], node[1]], 2)
    b.index_run()
    b.snapshot(1, node[0], node[1], 1_700_000_000 * 10**9, [b"/home/a"])

    b.begin_session()
    segments = [b"first segment\n" * 20, b"x", b"third " * 500]
    bundle = Chunk(b, 2, struct.pack("<I3I", 3, *map(len, segments)) + b"".join(segments))
    one, two = Chunk(b, 1, rng.randbytes(70000), compress=False), Chunk(b, 1, b"compressible " * 9000)
    changed = one.plaintext[:30000] + b"CHANGED" + one.plaintext[30000:] + segments[0]
    delta = Chunk(b, 1, changed, bases=[(one, 0, 70000), (bundle, 0, len(segments[0]))])
    delta2 = Chunk(b, 1, changed[::1] + b"again", bases=[(delta, 0, len(changed))])
    items = [(one, 100, 60000), (two, 0, len(two.plaintext)), (bundle, len(segments[0]), 1)] * 30
    content_list = Chunk(b, 4, b"".join(bytes([c.kind]) + c.id + struct.pack("<II", o, n) for c, o, n in items))
    holes = [(0, 5000), (1 << 20, 8000)]
    sparse = bytearray(3 << 20)
    sparse[:5000], sparse[1 << 20:(1 << 20) + 8000] = one.plaintext[:5000], one.plaintext[5000:13000]
    large = b"".join(c.piece(o, n) for c, o, n in items)
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in [
        (1, 6, 0xFFFFFFFF), (2, 4, 12345), (4, 4, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF)])
    cut = 2000      # the content list is itself in two chunks, cut within an item
    lists = [Chunk(b, 4, content_list.plaintext[:cut]), Chunk(b, 4, content_list.plaintext[cut:])]
    twin = Chunk(b, 5, b"RB\1" + varint(3) + b"".join(bytes([c.kind]) + c.id for c in (one, two, bundle)))
    names = {"bundle": bundle, "one": one, "two": two, "delta": delta, "delta2": delta2, "list1": lists[0], "list2": lists[1]}
    b.names = names

    def file(path, content, *slices, **more):
        return {"path": path, "type": 2, "content": bytes(content), "slices": list(slices), **more}

    records = [
        {"path": b"home", "type": 1, "flags": 32, "mode": 0o751, "mtime": 1600000000},
        {"path": b"home/a", "type": 1, "mode": 0o500, "mtime": 1600000001, "ns": 123456789},
        file(b"home/a/bundled", segments[2], (bundle, len(segments[0]) + 1, len(segments[2])), ns=987654321, mode=0o4755),
        file(b"home/a/delta", changed, (delta, 0, len(changed)), also=[(one, 0, 0), (bundle, 0, 0)]),
        file(b"home/a/delta2", delta2.plaintext, (delta2, 0, len(delta2.plaintext)), also=[(delta, 0, 0)]),
        {"path": b"home/a/dir", "type": 1, "mode": 0o000 if os.geteuid() else 0o711, "mtime": -5, "ns": 1},
        file(b"home/a/dir/inside", b"", mode=0),
        file(b"home/a/dir-", segments[1], (bundle, len(segments[0]), 1)),
        {"path": b"home/a/fifo", "type": 4, "mode": 0o600},
        file(b"home/a/hard1", segments[0], (bundle, 0, len(segments[0])), flags=1, links=3, inode=77),
        file(b"home/a/hard2", segments[0], (bundle, 0, len(segments[0])), flags=1, links=3, inode=77),
        file(b"home/a/large", large, *((c, 0, len(c.plaintext)) for c in lists), flags=8, twins=[twin, twin]),
        {"path": b"home/a/link", "type": 3, "mode": 0o777, "target": b"/nowhere/\xff", "mtime": 1500000000},
        file(b"home/a/" + LONG, b"compressible ", (two, 0, 13)),
        file(b"home/a/" + ODD, b"ressible ", (two, 4, 9)),
        {"path": b"home/a/socket", "type": 7, "mode": 0o600},
        file(b"home/a/sparse", sparse, (one, 0, 13000), flags=4, extents=holes),
        file(b"home/a/xattrs", b"", xattrs={b"user.one": b"\0value", b"user.two": b"", **({b"system.posix_acl_access": acl})}, flags=128, mode=0o640),
    ]
    for i in range(DEEP.count(b"/") + 1):
        records.append({"path": b"home/a/z/" + b"/".join(DEEP.split(b"/")[:i + 1]), "type": 1, "mode": 0o700})
    records.insert(-(DEEP.count(b"/") + 1), {"path": b"home/a/z", "type": 1, "mode": 0o755})
    records.append(file(b"home/a/z/" + DEEP + b"/bottom", segments[0], (bundle, 0, len(segments[0])), flags=1, links=3, inode=77))
    if os.geteuid() == 0:
        records.append({"path": b"home/a/zero", "type": 5, "mode": 0o666, "rdev": (1, 5)})
    records.sort(key=lambda r: r["path"].replace(b"/", b"\0"))
    b.tree = {r["path"]: r for r in records}
    blocks = [b.block(records[:6]), b.block(records[6:20]), b.block(records[20:])]
    inner = [b.node(0, blocks[:2]), b.node(0, blocks[2:])]
    top = b.node(1, inner)
    tree = [twin, *(chunk for item in [*blocks, *inner, top] for chunk in item[:2])]
    b.data_pack = b.pack(list(names.values()), 1, broken=[names[broken]] if broken in names else [])
    b.meta_pack = b.pack(tree, 2, broken=[blocks[1][0]] if broken == "block" else [])
    if moved:
        b.data_pack = b.moved_pack(b.data_pack)
    b.index = b.index_run()
    b.snapshot(2, top[0], top[1], 1_700_000_100 * 10**9 + 5, [b"/home/a"])

    b.begin_session()
    empty = b.node(0, [])
    b.pack(list(empty[:2]), 2)
    b.index_run()
    b.snapshot(3, empty[0], empty[1], 1_700_000_200 * 10**9, [b"/home/a"], commit=False)
    return b
