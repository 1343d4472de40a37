#!/usr/bin/env python3
"""Restore a snapshot from a Safehold repository, format 1, with nothing but Python.

This program follows the format page (`docs/format.md`, which also lies in every repository under `spec/`) and shares no code with the
backup program, so that a backup can be read when that program no longer runs. The sections below follow the sections of the page.
It needs Python 3.11 or newer, `cryptography` 48 or newer (HPKE with X-Wing, ML-DSA-65) and `zstandard`.

    restore.py REPOSITORY --passphrase-file FILE --list
    restore.py REPOSITORY --recipient-file FILE --target DIR
    restore.py REPOSITORY --shares SHARE1 SHARE2 --snapshot 1f3a/7 --target DIR --strip
    restore.py REPOSITORY --recipient-file FILE --verify-only

Everything is verified before it is believed: both signatures of every record, the commitment of every key, the SHA-256 in the name of
every object that is read whole, the keyed id of every chunk and the SHA-256 of every file. Packs are read piece by piece, and every
piece is authenticated by its own tag and chunk id; --verify-only also compares whole packs with their names, manifests with what is
there, and the reference tree with the listing. A file that fails is named and left out, the others are restored.

What is not restored: inode flags (chattr), change times and inode numbers; owners, devices and privileged extended attributes unless
run as root. User and group ids are restored as numbers.

Exit status: 0 done; 1 something could not be done; 2 usage; 11 the repository is damaged (what is affected is listed, the rest is
restored); 12 the key is wrong.
"""

import argparse
import bisect
import datetime
import errno
import hashlib
import hmac
import os
import secrets
import stat
import struct
import sys
from collections import OrderedDict

import zstandard
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

MIB = 1 << 20
OBJECT_LIMIT = 1 << 30         # the largest record that is read into memory whole
BLOB_LIMIT = 17 * MIB          # a plaintext is at most 16 MiB; the frame and the tag come on top
PLAINTEXT_LIMIT = 16 * MIB
CACHE_LIMIT = 64 * MIB         # decoded chunks kept in memory
BASES_LIMIT = 256 * MIB        # concatenated base slices of one delta


class Trouble(Exception):
    """Something could not be done; the text is a sentence for the person who reads it."""
    status = 1


class Damage(Trouble):
    """The repository does not hold what it must hold."""
    status = 11


class WrongKey(Trouble):
    """The passphrase, key file or shares do not open this repository."""
    status = 12


class Report:
    """Collects what went wrong while the work goes on, and decides the exit status."""

    def __init__(self):
        self.damages, self.failures, self.seen = 0, 0, set()

    def note(self, text):
        print(f"note: {text}", file=sys.stderr)

    def note_once(self, text):
        if text not in self.seen:
            self.seen.add(text)
            self.note(text)

    def add(self, problem, about=""):
        """Prints a problem; damage and failures are counted apart."""
        if isinstance(problem, Damage):
            self.damages += 1
        else:
            self.failures += 1
        print(f"{'DAMAGED' if isinstance(problem, Damage) else 'FAILED'}: {about}{problem}", file=sys.stderr)

    @property
    def status(self):
        return 11 if self.damages else 1 if self.failures else 0


def shown(path):
    """A path for people: what is not printable UTF-8 is escaped."""
    text = path.decode("utf-8", "surrogateescape") if isinstance(path, bytes) else path
    return "".join(c if c.isprintable() else c.encode("utf-8", "surrogateescape").decode("latin-1").encode("unicode_escape").decode()
                   for c in text)


def sha256(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


# ---------------------------------------------------------------------------------------------------------------------- Conventions

class Cursor:
    """Reads the encodings of the page from bytes. Whatever reaches beyond the end is damage."""

    def __init__(self, data, what):
        self.data, self.what, self.at = data, what, 0

    def rest(self):
        return len(self.data) - self.at

    def take(self, count):
        if count > self.rest():
            raise Damage(f"{self.what} ends in the middle of a value")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def u8(self):
        return self.number(1)

    def u32(self):
        return self.number(4)

    def varint(self):
        value = shift = 0
        while True:
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                if value >> 64 or (byte == 0 and shift > 7):
                    raise Damage(f"{self.what} holds a number that is not in its shortest form")
                return value
            if shift >= 70:
                raise Damage(f"{self.what} holds a number of more than 64 bits")

    def signed(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def counted(self):
        return self.take(self.varint())

    def count(self, at_least):
        """A count of items of `at_least` bytes each: never more than the rest can hold."""
        count = self.varint()
        if count * at_least > self.rest():
            raise Damage(f"{self.what} states more items than it can hold")
        return count

    def end(self):
        if self.rest():
            raise Damage(f"{self.what} has {self.rest()} bytes too many")


class Fields:
    """(tag, value) pairs, tags strictly ascending."""

    def __init__(self, data, what):
        self.what, self.values = what, {}
        cursor, last = Cursor(data, what), 0
        while cursor.rest():
            tag = cursor.varint()
            if tag <= last:
                raise Damage(f"{what} has field {tag} after field {last}")
            self.values[tag], last = cursor.counted(), tag

    def bytes(self, tag, size=None):
        if tag not in self.values:
            raise Damage(f"{self.what} lacks field {tag}")
        value = self.values[tag]
        if size is not None and len(value) != size:
            raise Damage(f"{self.what} has a field {tag} of {len(value)} bytes, not {size}")
        return value

    def number(self, tag, default=None):
        if default is not None and tag not in self.values:
            return default
        return int.from_bytes(self.bytes(tag, 8), "little")

    def list(self, tag):
        if tag not in self.values:
            return []
        cursor = Cursor(self.values[tag], self.what)
        items = [cursor.counted() for _ in range(cursor.count(1))]
        cursor.end()
        return items

    def expect(self, tag, value):
        """The field must say what is already known from elsewhere."""
        found = self.number(tag) if isinstance(value, int) else self.bytes(tag)
        if found != value:
            raise Damage(f"{self.what} belongs somewhere else: its field {tag} does not match its place")


# ------------------------------------------------------------------------------------------------------------------------ 1. Objects

class Repository:
    """The objects of a repository by name, in a directory."""

    def __init__(self, path):
        self.path = os.path.abspath(os.fsencode(path))
        if not os.path.isdir(self.path):
            raise Trouble(f"There is no directory {shown(self.path)}.")
        self.format = self.read_format()
        self.id = self.hexadecimal("repository", 16)

    def locate(self, name):
        return os.path.join(self.path, name.encode())

    def open(self, name):
        try:
            return open(self.locate(name), "rb")
        except FileNotFoundError:
            raise Damage(f"the object {name} is missing") from None
        except OSError as error:
            raise Damage(f"the object {name} cannot be read ({error.strerror})") from None

    def read(self, name):
        with self.open(name) as file:
            try:
                data = file.read(OBJECT_LIMIT + 1)
            except OSError as error:
                raise Damage(f"the object {name} cannot be read ({error.strerror})") from None
        if len(data) > OBJECT_LIMIT:
            raise Damage(f"the object {name} is larger than any record")
        return data

    def read_named(self, name):
        """An object whose name ends with the SHA-256 of its bytes."""
        data = self.read(name)
        if sha256(data).hex() != name.rpartition("/")[2]:
            raise Damage(f"the object {name} does not match its name")
        return data

    def check_name(self, name, size=None):
        """The same for an object that is too large for memory."""
        with self.open(name) as file:
            try:
                if hashlib.file_digest(file, "sha256").hexdigest() != name.rpartition("/")[2]:
                    raise Damage(f"the object {name} does not match its name")
                if size is not None and file.tell() != size:
                    raise Damage(f"the object {name} has {file.tell()} bytes, not {size}")
            except OSError as error:
                raise Damage(f"the object {name} cannot be read ({error.strerror})") from None

    def list(self, name):
        try:
            return sorted(os.fsdecode(entry) for entry in os.listdir(self.locate(name)))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise Damage(f"{name}/ cannot be listed ({error.strerror})") from None

    def read_format(self):
        """FORMAT: lines `name: value` below a fixed first line."""
        if not os.path.exists(self.locate("FORMAT")):
            raise Trouble(f"{shown(self.path)} is not a repository: it has no FORMAT.")
        self.format_bytes = self.read("FORMAT")
        lines = self.format_bytes.decode("utf-8", "replace").split("\n")
        if lines[0] != "safehold repository":
            raise Trouble(f"{shown(self.path)} is not a repository: FORMAT begins differently.")
        values = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if colon:
                values[name] = value.strip()
        if values.get("format") != "1" or values.get("suite") != "1":
            raise Trouble("This program reads format 1 with suite 1 only; the repository says "
                          f"format {shown(values.get('format', '?'))}, suite {shown(values.get('suite', '?'))}.")
        if values.get("read-features"):
            raise Trouble(f"The repository needs features that this program does not know: {shown(values['read-features'])}.")
        return values

    def hexadecimal(self, name, size):
        try:
            value = bytes.fromhex(self.format[name])
        except (KeyError, ValueError):
            value = b""
        if len(value) != size:
            raise Damage(f"FORMAT does not state a valid '{name}'")
        return value


# --------------------------------------------------------------------------------------------------------------------- 2. Signatures

class SigningKey:
    """Ed25519 public key (32), then ML-DSA-65 public key (1,952)."""

    def __init__(self, data, whose):
        if len(data) != 1984:
            raise Damage(f"the public signing key of {whose} has {len(data)} bytes, not 1984")
        self.data, self.whose, self.fingerprint = data, whose, sha256(data)
        try:
            self.ed25519 = Ed25519PublicKey.from_public_bytes(data[:32])
            self.mldsa = MLDSA65PublicKey.from_public_bytes(data[32:])
        except ValueError:
            raise Damage(f"the public signing key of {whose} is not one") from None

    def open(self, record, magic, repository, what):
        """The fields of a signed record, once both signatures have been verified."""
        if record[:8] != magic or len(record) < 12:
            raise Damage(f"{what} is not a record {magic.decode()}")
        length = int.from_bytes(record[8:12], "little")
        if len(record) != 12 + length + 64 + 3309:
            raise Damage(f"{what} has the wrong length")
        body = record[12:12 + length]
        message = b"safehold v1 signature\0" + magic + repository.id + body
        try:
            self.ed25519.verify(record[12 + length:76 + length], message)
            self.mldsa.verify(record[76 + length:], message)
        except InvalidSignature:
            raise Damage(f"the signature of {what} by {self.whose} is not valid") from None
        return Fields(body, what)


def read_administrator(repository, fingerprint):
    """The root of trust: the key whose fingerprint FORMAT states, and `fingerprint` when the caller knows it."""
    key = SigningKey(repository.read("keys/administrator/public"), "the administrator")
    if key.fingerprint != repository.hexadecimal("administrator", 32):
        raise Damage("keys/administrator/public is not the key whose fingerprint FORMAT states")
    if fingerprint is not None and key.fingerprint.hex() != fingerprint:
        raise Damage(f"the administrator's fingerprint is {key.fingerprint.hex()}, not the one given: this is another repository, or a forged one")
    fields = key.open(repository.read("keys/administrator/format"), b"SHFORMT1", repository, "keys/administrator/format")
    if fields.bytes(1, 32) != sha256(repository.format_bytes):
        raise Damage("FORMAT is not the one that the administrator signed")
    return key


def signed_by_administrator(repository, administrator, directory, magic, report):
    """(name, fields) of every valid record in a directory of records named by their digests."""
    for name in repository.list(directory):
        name = f"{directory}/{name}"
        try:
            yield name, administrator.open(repository.read_named(name), magic, repository, name)
        except Damage as damage:
            report.add(damage)


# --------------------------------------------------------------------------------------------------------------------------- 3. Keys

SUITE = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
KEM = 0x647A
DATA, STRUCTURE = 1, 2
DATA_PACK, METADATA_PACK, INDEX_RUN, SNAPSHOT = 1, 2, 3, 4


class PrivateKey:
    """An X-Wing private key from its 32-byte seed."""

    def __init__(self, seed):
        expanded = hashlib.shake_256(seed).digest(96)
        mlkem, x25519 = MLKEM768PrivateKey.from_seed_bytes(expanded[:64]), X25519PrivateKey.from_private_bytes(expanded[64:])
        self.public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        self.key = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)

    def open(self, sealed, info, what):
        try:
            return SUITE.decrypt(sealed, self.key, info)
        except (InvalidTag, ValueError):
            raise Damage(f"a sealed key of {what} does not open") from None


def decrypt(aes, nonce_prefix, counter, sealed, associated, what):
    """AES-256-GCM with the nonce `u32 prefix || u64 counter`, both big-endian."""
    try:
        return aes.decrypt(struct.pack(">IQ", nonce_prefix, counter), sealed, associated)
    except (InvalidTag, ValueError):
        raise Damage(f"{what} is not authentic") from None


def prefixed_line(path, prefix):
    """The bytes in hexadecimal after `prefix` on the first line that begins with it."""
    with open(path, "rb") as file:
        for line in file.read(MIB).decode("utf-8", "replace").splitlines():
            if line.startswith(prefix):
                try:
                    data = bytes.fromhex(line[len(prefix):].strip())
                except ValueError:
                    break
                if len(data) > 4 and sha256(data[:-4])[:4] == data[-4:]:
                    return data[:-4]
                break
    raise Trouble(f"{shown(os.fsencode(path))} holds no valid line '{prefix}…': look for a typing error.")


def seed_from_passphrase(repository, recipients, path):
    """Tries the passphrase against every passphrase recipient; the commitment tells whether it is the right one."""
    with open(path, "rb") as file:
        passphrase = file.read(MIB)
    if passphrase.endswith(b"\n"):
        passphrase = passphrase[:-2] if passphrase.endswith(b"\r\n") else passphrase[:-1]
    candidates = [fields for fields in recipients if fields.number(2) == 1]
    for fields in candidates:
        log_n, r, p = fields.number(8), fields.number(9), fields.number(10)
        if not (1 <= log_n <= 30 and 1 <= r <= 64 and 1 <= p <= 64):
            raise Trouble(f"{fields.what} asks for a scrypt cost beyond reason.")
        derived = Scrypt(salt=fields.bytes(7, 32), length=64, n=1 << log_n, r=r, p=p).derive(passphrase)
        if hmac.compare_digest(derived[32:], fields.bytes(11, 32)):
            associated = b"safehold v1 recipient" + repository.id + fields.bytes(1, 16)
            return decrypt(AESGCM(derived[:32]), 0, 0, fields.bytes(12, 48), associated, f"the seed in {fields.what}")
    raise WrongKey("The passphrase is wrong." if candidates else "The repository has no passphrase recipient; use a key file or shares.")


def gf_multiply(a, b):
    """Multiplication in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a, b = (a << 1) ^ (0x11B if a & 0x80 else 0), b >> 1
    return product


def seed_from_shares(paths):
    """Lagrange interpolation at x = 0, byte by byte."""
    shares, group = {}, None
    for path in paths:
        data = prefixed_line(path, "SAFEHOLD-SHARE-1:")
        if len(data) != 51 or data[2] == 0:
            raise Trouble(f"{shown(os.fsencode(path))} is not a share.")
        if group not in (None, (data[0], data[1], data[3:19])):
            raise WrongKey(f"The share in {shown(os.fsencode(path))} belongs to another set than the ones before it.")
        group, shares[data[2]] = (data[0], data[1], data[3:19]), data[19:]
    if len(shares) < group[0]:
        raise WrongKey(f"{group[0]} different shares are needed, only {len(shares)} were given.")
    chosen, seed = sorted(shares.items())[:group[0]], bytearray(32)
    for x, share in chosen:
        factor = 1
        for other, _ in chosen:
            if other != x:      # other / (other - x); an element's inverse is its 254th power
                inverse, power = 1, x ^ other
                for bit in range(1, 8):
                    power = gf_multiply(power, power)
                    inverse = gf_multiply(inverse, power)
                factor = gf_multiply(factor, gf_multiply(other, inverse))
        for i in range(32):
            seed[i] ^= gf_multiply(factor, share[i])
    return bytes(seed)


class SealHeader:
    """The beginning of a pack, an index run or a snapshot: who can derive its keys, and the commitments to them."""

    def __init__(self, data, object_class, what):
        cursor = Cursor(data, f"the seal header of {what}")
        if cursor.take(8) != b"SHSEAL01" or cursor.number(2) != 1:
            raise Damage(f"{what} does not begin with a seal header of suite 1")
        found_class, seals = cursor.u8(), cursor.u8()
        if found_class not in object_class or cursor.u32() != len(data):
            raise Damage(f"the seal header of {what} has the wrong class or length")
        self.raw, self.what = data, what
        self.object, self.repository, self.domain = cursor.take(16), cursor.take(16), cursor.take(16)
        self.epoch = cursor.u32()
        if cursor.u32() != 0:
            raise Damage(f"the seal header of {what} holds bytes that must be zero")
        self.commitments = {DATA: cursor.take(32), STRUCTURE: cursor.take(32)}
        self.sealed = {}
        for _ in range(seals):
            kind, zero, kem, length = cursor.u8(), cursor.u8(), cursor.number(2), cursor.u32()
            if zero != 0 or kem != KEM or length != 1168 or kind in self.sealed:
                raise Damage(f"the seal header of {what} holds a seal that is not of suite 1")
            self.sealed[kind] = cursor.take(length)
        cursor.end()
        if 3 in self.sealed:
            raise Trouble(f"{what} has an erasure class, which this program does not know.")


def read_at(file, offset, length, what):
    """Exactly `length` bytes of an open object."""
    try:
        data = os.pread(file.fileno(), length, offset) if offset >= 0 else b""
    except OSError as error:
        raise Damage(f"{what} cannot be read ({error.strerror})") from None
    if len(data) != length:
        raise Damage(f"{what} ends before offset {offset + length}")
    return data


def read_seal_header(file, object_class, what):
    length = int.from_bytes(read_at(file, 12, 4, what), "little")
    if not 136 <= length <= 65536:
        raise Damage(f"{what} does not begin with a seal header")
    return SealHeader(read_at(file, 0, length, what), object_class, what)


class Keyring:
    """All that one recipient can open: epochs, sessions, and the keys of objects."""

    def __init__(self, repository, administrator, recipient, private):
        self.repository, self.administrator = repository, administrator
        self.recipient, self.private = recipient, private
        self.epochs, self.sessions = {}, OrderedDict()

    @staticmethod
    def unlock(repository, administrator, arguments, report):
        """Finds the recipient that the given secret belongs to."""
        recipients = [fields for _, fields in signed_by_administrator(repository, administrator, "keys/recipients", b"SHRECIP1", report)]
        for _ in signed_by_administrator(repository, administrator, "keys/removals", b"SHREMOV1", report):
            pass        # a removal concerns writers only, but it is a signed record: a bad one is reported
        if arguments.passphrase_file:
            seed = seed_from_passphrase(repository, recipients, arguments.passphrase_file)
        elif arguments.recipient_file:
            seed = prefixed_line(arguments.recipient_file, "SAFEHOLD-RECIPIENT-KEY-1:")
            if len(seed) != 32:
                raise Trouble("The key in the key file does not have 32 bytes.")
        else:
            seed = seed_from_shares(arguments.shares)
        private = PrivateKey(seed)
        for fields in recipients:
            if fields.bytes(4, 1216) == private.public:
                if not fields.number(6) & 1:
                    if fields.number(6) & 4:
                        raise WrongKey("This is a maintainer's key: it opens the structure of backups, for collecting and verifying, and no content and no names.")
                    raise WrongKey("This key may administer the repository but not open backups.")
                return Keyring(repository, administrator, fields.bytes(1, 16), private)
        raise WrongKey("This key belongs to none of the repository's recipients.")

    def epoch(self, domain, number):
        """The secrets of an epoch: from our slot, compared with the bundle that the administrator signed."""
        if (domain, number) not in self.epochs:
            self.epochs[domain, number] = Epoch(self, domain, number)
        return self.epochs[domain, number]

    def slot_secret(self, directory, purpose, domain, epoch):
        info = b"safehold v1 slot" + self.repository.id + bytes([purpose]) + domain + struct.pack("<I", epoch) + self.recipient
        problem = None
        for name in self.repository.list(directory):
            try:
                cursor = Cursor(self.repository.read_named(f"{directory}/{name}"), f"{directory}/{name}")
                if cursor.take(8) != b"SHSLOT01" or cursor.u8() != purpose:
                    raise Damage(f"{cursor.what} is not a slot")
                if cursor.take(16) != self.recipient:
                    continue
                if cursor.number(2) != KEM:
                    raise Damage(f"{cursor.what} is not sealed with suite 1")
                sealed = cursor.take(cursor.u32())
                cursor.end()
                return self.private.open(sealed, info, cursor.what)
            except Damage as damage:
                problem = damage        # another slot may be ours and whole
        raise problem or WrongKey(f"This key does not open {directory.removesuffix('/slots')}: it has no slot there.")

    def object_key(self, header, kind):
        """The AES key of one object, once its commitment has been compared."""
        if header.repository != self.repository.id:
            raise Damage(f"{header.what} belongs to another repository")
        if kind not in header.sealed:
            raise Damage(f"{header.what} lacks the seal of kind {kind}")
        place = (header.domain, header.epoch, kind, header.sealed[kind])
        if place not in self.sessions:      # all objects of a session carry the same seals
            info = b"safehold v1 session" + header.repository + header.domain + struct.pack("<I", header.epoch) + bytes([kind])
            self.sessions[place] = self.epoch(header.domain, header.epoch).keys[kind].open(header.sealed[kind], info, header.what)
            if len(self.sessions) > 4096:
                self.sessions.popitem(last=False)
        label = b"safehold v1 structure key" if kind == STRUCTURE else b"safehold v1 data key"
        derived = HKDF(algorithm=hashes.SHA256(), length=64, salt=header.object, info=label).derive(self.sessions[place])
        if derived[32:] != header.commitments[kind]:
            raise Damage(f"{header.what} does not match the commitment to its key")
        return AESGCM(derived[:32])


class Epoch:
    def __init__(self, keyring, domain, number):
        directory = f"keys/domains/{domain.hex()}/{number:010}"
        name = f"{directory}/bundle"
        bundle = keyring.administrator.open(keyring.repository.read(name), b"SHEPOCH1", keyring.repository, name)
        bundle.expect(1, domain)
        bundle.expect(2, number)
        bundle.expect(3, 1)
        secret = keyring.slot_secret(f"{directory}/slots", 1, domain, number)
        if len(secret) != 128:
            raise Damage(f"the slot of {directory} holds {len(secret)} bytes, not 128")
        self.keys = {DATA: PrivateKey(secret[:32]), STRUCTURE: PrivateKey(secret[32:64])}
        self.chunk_id_key = secret[64:96]
        if self.keys[DATA].public != bundle.bytes(4, 1216) or self.keys[STRUCTURE].public != bundle.bytes(5, 1216):
            raise Damage(f"the slot of {directory} does not hold the keys of the signed bundle")
        if sha256(b"safehold v1 domain keys", secret[64:]) != bundle.bytes(7, 32):
            raise Damage(f"the slot of {directory} does not match the domain commitment of the signed bundle")


# ------------------------------------------------------------------------------------------------------------------------- 4. Chunks

PIECE, BUNDLE, LISTING_BLOCK, CONTENT_LIST, REFERENCE_BLOCK, LISTING_NODE, REFERENCE_NODE = range(1, 8)
STRUCTURE_TYPES = (REFERENCE_BLOCK, REFERENCE_NODE)


def bundle_start(plaintext, what):
    """Where the first segment of a bundle begins, and the lengths of the segments."""
    cursor = Cursor(plaintext, what)
    count = cursor.u32()
    lengths = struct.unpack(f"<{count}I", cursor.take(4 * count)) if 4 * count <= cursor.rest() else ()
    if len(lengths) != count or sum(lengths) != cursor.rest():
        raise Damage(f"{what} is not a bundle")
    return cursor.at, lengths


def chunk_id(key, kind, plaintext, what):
    """HMAC over the type and a digest; a bundle's digest is that of its segments' lengths and digests."""
    if kind == BUNDLE:
        at, lengths = bundle_start(plaintext, what)
        digest = hashlib.sha256(struct.pack("<I", len(lengths)))
        for length in lengths:
            digest.update(struct.pack("<I", length) + sha256(memoryview(plaintext)[at:at + length]))
            at += length
        digest = digest.digest()
    else:
        digest = sha256(plaintext)
    return hmac.digest(key, bytes([kind]) + digest, "sha256")


def unzstd(payload, length, dictionary, what):
    """One zstd frame of exactly `length` bytes."""
    try:
        parameters = zstandard.get_frame_parameters(payload)
        if parameters.content_size not in (zstandard.CONTENTSIZE_UNKNOWN, length):
            raise Damage(f"{what} has another length than it states")
        base = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT) if dictionary else None
        decompressor = zstandard.ZstdDecompressor(dict_data=base, max_window_size=1 << 31)
        return decompressor.decompress(payload, max_output_size=max(length, 1), allow_extra_data=False)
    except (zstandard.ZstdError, ValueError):
        raise Damage(f"{what} does not decompress") from None


class Chunks:
    """Plaintexts by chunk id, each verified, the latest ones kept."""

    def __init__(self, keyring, packs, locations, id_key, report):
        self.keyring, self.packs, self.locations, self.id_key, self.report = keyring, packs, locations, id_key, report
        self.cache, self.cached, self.bases = OrderedDict(), 0, {}

    def read(self, kind, identity, depth=0):
        if not PIECE <= kind <= REFERENCE_NODE:
            raise Damage(f"a chunk type {kind} is unknown")
        if (kind, identity) in self.cache:
            self.cache.move_to_end((kind, identity))
            return self.cache[kind, identity]
        problem = None
        for location in self.locations.find(identity):
            try:
                plaintext = self.decode(kind, identity, location, depth)
            except Damage as damage:
                problem = damage
                continue
            if problem:
                self.report.note_once(f"{problem}; another copy was used")
            self.cache[kind, identity] = plaintext
            self.cached += len(plaintext)
            while self.cached > CACHE_LIMIT:
                self.cached -= len(self.cache.popitem(last=False)[1])
            return plaintext
        raise problem or Damage(f"chunk {identity.hex()[:16]} is in no pack")

    def decode(self, kind, identity, location, depth):
        frame, what = self.packs.read_blob(kind, identity, location)
        cursor = Cursor(frame, what)
        codec, length = cursor.u8(), cursor.u32()
        if length > PLAINTEXT_LIMIT:
            raise Damage(f"{what} states a plaintext of more than 16 MiB")
        if codec == 0:
            plaintext = cursor.take(cursor.rest())
        elif codec == 1:
            plaintext = unzstd(cursor.take(cursor.rest()), length, None, what)
        elif codec == 2:
            if depth >= 8:
                raise Damage(f"{what} is a delta of more than 8 levels")
            slices = [(cursor.u8(), cursor.take(32), cursor.varint(), cursor.varint()) for _ in range(cursor.count(35))]
            if sum(size for *_, size in slices) > BASES_LIMIT:
                raise Damage(f"{what} is a delta of too many bytes")
            base = b"".join(self.slice(*piece, depth=depth + 1) for piece in slices)
            plaintext = unzstd(cursor.take(cursor.rest()), length, base, what)
        else:
            raise Damage(f"{what} has an unknown codec {codec}")
        if len(plaintext) != length or chunk_id(self.id_key, kind, plaintext, what) != identity:
            raise Damage(f"{what} does not match its chunk id")
        return plaintext

    def slice(self, kind, identity, offset, length, depth=0):
        """Bytes of a chunk; in a bundle, offsets count from the first segment."""
        plaintext = self.read(kind, identity, depth)
        if kind == BUNDLE:
            offset += 4 + 4 * int.from_bytes(plaintext[:4], "little")
        if offset + length > len(plaintext):
            raise Damage(f"a slice reaches beyond the end of chunk {identity.hex()[:16]}")
        return memoryview(plaintext)[offset:offset + length]


# -------------------------------------------------------------------------------------------------------------------------- 5. Packs

class Pack:
    """An open pack: its seal header, its keys, and its footer when that is needed."""

    def __init__(self, repository, keyring, name):
        self.keyring, self.name, self.file = keyring, name, repository.open(name)
        self.keys, self.footer = {}, None
        self.size = os.fstat(self.file.fileno()).st_size
        try:
            self.header = read_seal_header(self.file, (DATA_PACK, METADATA_PACK), name)
            self.key(self.header, DATA), self.key(self.header, STRUCTURE)
        except Damage:      # the copy in the tail may be whole
            self.header = SealHeader(self.find_tail()[1], (DATA_PACK, METADATA_PACK), name)

    def close(self):
        self.file.close()

    def key(self, header, kind):
        place = (header.object, header.epoch, kind)
        if place not in self.keys:
            self.keys[place] = self.keyring.object_key(header, kind)
        return self.keys[place]

    def find_tail(self):
        """(sealed footer, header copy) of the last whole tail: both tails end at a multiple of 4,096, and so does the object."""
        for end in range(self.size - self.size % 4096, 0, -4096):
            trailer = read_at(self.file, end - 64, 64, self.name)
            if trailer[:8] != b"SHTAIL01":
                continue
            tail, header, footer, zero, _ = struct.unpack("<IIIIQ", trailer[8:32])
            if zero or tail % 4096 or tail > end or 64 + header + footer > tail:
                continue
            data = read_at(self.file, end - 64 - header - footer, footer + header, self.name)
            if sha256(data) == trailer[32:]:
                return data[:footer], data[footer:]
        raise Damage(f"{self.name} has no readable tail")

    def entries(self):
        """The footer: {(chunk id, offset): (type, stored length, origin header or None, origin offset)}."""
        if self.footer is None:
            sealed, header = self.find_tail()
            header = SealHeader(header, (DATA_PACK, METADATA_PACK), self.name)
            key = self.key(header, STRUCTURE)
            cursor = Cursor(decrypt(key, 1, 0, sealed, b"SHFOOT01" + header.object, f"the footer of {self.name}"), f"the footer of {self.name}")
            origins, self.footer = [header], {}
            for _ in range(cursor.u32()):
                origins.append(SealHeader(cursor.counted(), (DATA_PACK, METADATA_PACK), f"an origin of {self.name}"))
            for _ in range(cursor.u32()):
                identity, kind, _, origin = cursor.take(32), cursor.u8(), cursor.u8(), cursor.number(2)
                offset, stored, _ = cursor.u32(), cursor.u32(), cursor.u32()
                if origin >= len(origins):
                    raise Damage(f"the footer of {self.name} names an origin that it does not have")
                self.footer[identity, offset] = (kind, stored, origins[origin] if origin else None, cursor.number(8) if origin else offset)
            if any(cursor.take(cursor.rest())):
                raise Damage(f"the footer of {self.name} does not end with zeros")
        return self.footer


class Packs:
    """Packs by name; the latest ones stay open."""

    def __init__(self, repository, keyring):
        self.repository, self.keyring, self.opened, self.used = repository, keyring, OrderedDict(), set()

    def open(self, name):
        if name not in self.opened:
            self.opened[name] = Pack(self.repository, self.keyring, name)
            self.used.add(name)
            if len(self.opened) > 48:
                self.opened.popitem(last=False)[1].close()
        self.opened.move_to_end(name)
        return self.opened[name]

    def read_blob(self, kind, identity, location):
        """The frame of a blob. A moved blob keeps the object id, offset and keys of where it was first written."""
        name, offset, stored, moved = location
        what = f"chunk {identity.hex()[:16]} in {name}"
        if not 21 <= stored <= BLOB_LIMIT:
            raise Damage(f"{what} has an impossible length")
        pack = self.open(name)
        header, origin_offset = pack.header, offset
        if moved:
            entry = pack.entries().get((identity, offset))
            if entry is None:
                raise Damage(f"{what} does not stand in the footer")
            header, origin_offset = entry[2] or pack.header, entry[3]
        key = pack.key(header, STRUCTURE if kind in STRUCTURE_TYPES else DATA)
        associated = b"SHBLOB01" + header.object + struct.pack("<Q", origin_offset) + bytes([kind]) + identity
        return decrypt(key, 0, origin_offset, read_at(pack.file, offset, stored, pack.name), associated, what), what


# --------------------------------------------------------------------------------------------------------------------- 6. Index runs

ENTRY = struct.Struct("<16sIII")        # first half of the chunk id, pack, offset, stored length
PAGE_ENTRIES = 585


class Locations:
    """Where chunks lie. Entries are 28 bytes each, in 4,096 byte strings by the first 12 bits of the id, sorted when first searched.

    Runs are derived from the packs' footers, and nothing depends on their being right: a blob that is not where an entry says does not
    authenticate. When an id is nowhere, or nowhere whole, the footers of all packs are read, once."""

    def __init__(self, repository, keyring, domain, packs, report):
        self.repository, self.keyring, self.domain, self.packs, self.report = repository, keyring, domain, packs, report
        self.buckets, self.sorted = [bytearray() for _ in range(4096)], bytearray(4096)
        self.names, self.numbers, self.moved = [], {}, bytearray()
        self.footers_read = False
        directory, whole = f"index/{domain.hex()}", 0
        for level in repository.list(directory):
            for name in repository.list(f"{directory}/{level}"):
                try:
                    self.read_run(f"{directory}/{level}/{name}")
                    whole += 1
                except (Damage, WrongKey) as damage:
                    report.add(damage, "an index run cannot be used: ")
        if not whole:
            report.note("there is no readable index run; the locations are rebuilt from the packs")
            self.read_footers()

    def pack_number(self, name, moved):
        if name not in self.numbers:
            self.numbers[name] = len(self.names)
            self.names.append(name)
            self.moved.append(0)
        number = self.numbers[name]
        self.moved[number] |= moved
        return number

    def add(self, prefix, pack, offset, stored):
        bucket = prefix[0] << 4 | prefix[1] >> 4
        self.buckets[bucket] += ENTRY.pack(prefix, pack, offset, stored)
        self.sorted[bucket] = 0

    def read_run(self, name):
        self.repository.check_name(name)
        with self.repository.open(name) as file:
            header = read_seal_header(file, (INDEX_RUN,), name)
            if header.domain != self.domain:
                raise Damage(f"{name} belongs to another domain")
            key = self.keyring.object_key(header, STRUCTURE)
            size = os.fstat(file.fileno()).st_size
            trailer = read_at(file, size - 64, 64, name)
            if trailer[:8] != b"SHINDX01":
                raise Damage(f"{name} has no trailer")
            tables_at, tables_length, pages, entries = struct.unpack("<QIIQ", trailer[8:32])
            page_length = PAGE_ENTRIES * ENTRY.size + 16
            if (tables_at != len(header.raw) + pages * page_length or tables_at + tables_length + 64 != size
                    or not (pages - 1) * PAGE_ENTRIES < entries <= pages * PAGE_ENTRIES):
                raise Damage(f"{name} has a trailer that does not match its length")
            sealed = read_at(file, tables_at, tables_length, name)
            if sha256(sealed) != trailer[32:]:
                raise Damage(f"{name} has tables that do not match its trailer")
            tables = Cursor(decrypt(key, 3, 0, sealed, b"SHTABL01" + header.object, f"the tables of {name}"), f"the tables of {name}")
            numbers = []
            for _ in range(tables.u32()):
                digest, _, kind, flags = tables.take(32).hex(), tables.number(8), tables.u8(), tables.u8()
                if kind not in (1, 2):
                    raise Damage(f"{tables.what} name a pack of an unknown class")
                numbers.append(self.pack_number(f"{'packs' if kind == 1 else 'meta'}/{digest[:2]}/{digest}", flags & 1))
            if tables.u32() != pages:
                raise Damage(f"{tables.what} and its trailer disagree")
            firsts = [tables.take(8) for _ in range(pages)]
            tables.end()
            for page in range(pages):
                sealed = read_at(file, len(header.raw) + page * page_length, page_length, name)
                plain = decrypt(key, 2, page, sealed, b"SHPAGE01" + header.object, f"page {page} of {name}")
                if plain[:8] != firsts[page]:
                    raise Damage(f"page {page} of {name} does not match its tables")
                here = min(PAGE_ENTRIES, entries - page * PAGE_ENTRIES)
                for prefix, pack, offset, stored in ENTRY.iter_unpack(plain[:here * ENTRY.size]):
                    if pack >= len(numbers):
                        raise Damage(f"page {page} of {name} names a pack that is not in its tables")
                    self.add(prefix, numbers[pack], offset, stored)

    def read_footers(self):
        """Rebuilds the locations from the packs themselves."""
        self.footers_read = True
        for root in ("meta", "packs"):
            for shard in self.repository.list(root):
                for name in self.repository.list(f"{root}/{shard}"):
                    name = f"{root}/{shard}/{name}"
                    try:
                        pack = Pack(self.repository, self.keyring, name)
                        try:
                            if pack.header.domain != self.domain:
                                continue
                            entries = pack.entries()
                        finally:
                            pack.close()
                    except (Damage, WrongKey) as damage:
                        self.report.add(damage)
                        continue
                    number = self.pack_number(name, any(entry[2] for entry in entries.values()))
                    for (identity, offset), (_, stored, _, _) in entries.items():
                        self.add(identity[:16], number, offset, stored)

    def lookup(self, identity):
        prefix = identity[:16]
        bucket = prefix[0] << 4 | prefix[1] >> 4
        data = self.buckets[bucket]
        if not self.sorted[bucket]:
            entries = sorted({bytes(data[i:i + ENTRY.size]) for i in range(0, len(data), ENTRY.size)})
            data = self.buckets[bucket] = bytearray().join(entries)
            self.sorted[bucket] = 1
        at = bisect.bisect_left(range(len(data) // ENTRY.size), prefix, key=lambda i: data[i * ENTRY.size:i * ENTRY.size + 16]) * ENTRY.size
        found = []
        while data[at:at + 16] == prefix:
            _, pack, offset, stored = ENTRY.unpack_from(data, at)
            found.append((self.names[pack], offset, stored, bool(self.moved[pack])))
            at += ENTRY.size
        return found

    def find(self, identity):
        """All places where a chunk may lie; the footers are read when the caller finds none of the indexed places good."""
        indexed = self.lookup(identity)
        yield from indexed
        if not self.footers_read:
            self.report.note(f"the index leads to no whole copy of chunk {identity.hex()[:16]}; the footers of all packs are read")
            self.read_footers()
            yield from (place for place in self.lookup(identity) if place not in indexed)


# ----------------------------------------------------------------------------------------------------------------------- 7. Listings

DIRECTORY, FILE, LINK, FIFO, CHARACTER, BLOCK, SOCKET = range(1, 8)
HARD_LINKED, EXTENDED, HOLES, LISTED, CHANGED, ANCESTOR, UNREADABLE, INODE_FLAGS = (1 << i for i in range(8))


def path_order(path):
    """Paths compare as bytes with `/` lowest."""
    return path.replace(b"/", b"\0")


class Record:
    """One entry of a listing."""
    __slots__ = ("path", "type", "flags", "mode", "uid", "gid", "mtime", "inode", "device", "links", "xattrs",
                 "size", "digest", "slices", "twins", "extents", "target", "rdev")


def parse_slices(cursor, chunks):
    slices = []
    for _ in range(cursor.count(3)):
        ordinal, offset, length = cursor.varint(), cursor.varint(), cursor.varint()
        if ordinal >= len(chunks):
            raise Damage(f"{cursor.what} refers to a chunk that it does not name")
        slices.append((*chunks[ordinal], offset, length))
    return slices


def parse_block(plaintext, what):
    """(chunks, records) of a listing block."""
    cursor = Cursor(plaintext, what)
    if cursor.take(3) != b"LB\x01":
        raise Damage(f"{what} is not a listing block")
    chunks = [(cursor.u8(), cursor.take(32)) for _ in range(cursor.count(33))]
    for _ in range(cursor.count(3)):
        cursor.u8(), cursor.varint(), cursor.counted()      # names of users and groups: ids are restored as numbers
    records, path, mtime, inode = [], b"", 0, 0
    for _ in range(cursor.count(12)):
        record = Record()
        shared = cursor.varint()
        if shared > len(path):
            raise Damage(f"{what} shares more of a path than there is")
        record.path = path = path[:shared] + cursor.counted()
        record.type, record.flags, record.mode = cursor.u8(), cursor.varint(), cursor.varint()
        if not DIRECTORY <= record.type <= SOCKET or record.flags >= 256 or record.mode > 0o7777:
            raise Damage(f"{what} holds a record of an unknown kind")
        record.uid, record.gid = cursor.varint(), cursor.varint()
        mtime += cursor.signed()
        record.mtime = mtime * 10**9 + cursor.varint()
        cursor.signed(), cursor.varint()                    # ctime: nothing can restore it
        inode = (inode + cursor.signed()) % (1 << 64)
        record.inode, record.device = inode, cursor.varint()
        record.links = cursor.varint() if record.flags & HARD_LINKED else 1
        if record.flags & INODE_FLAGS:
            cursor.varint()
        record.xattrs = [(cursor.counted(), cursor.counted()) for _ in range(cursor.count(2))] if record.flags & EXTENDED else []
        if record.type == FILE:
            record.size, record.digest, record.slices = cursor.varint(), cursor.take(32), parse_slices(cursor, chunks)
            record.extents, record.twins = [(0, record.size)], []
            if record.flags & LISTED:
                for _ in range(cursor.count(1)):
                    ordinal = cursor.varint()
                    if ordinal >= len(chunks) or chunks[ordinal][0] != REFERENCE_BLOCK:
                        raise Damage(f"{what} names a content list's twin that it does not list")
                    record.twins.append(chunks[ordinal][1])
            if record.flags & HOLES:
                record.extents, end = [], 0
                for _ in range(cursor.count(2)):
                    start = end + cursor.varint()
                    end = start + cursor.varint()
                    record.extents.append((start, end - start))
                if end > record.size:
                    raise Damage(f"{what} holds a file with data beyond its end")
        elif record.type == LINK:
            record.target = cursor.counted()
        elif record.type in (CHARACTER, BLOCK):
            record.rdev = (cursor.varint(), cursor.varint())
        records.append(record)
    cursor.end()
    return chunks, records


class Child:
    """What a listing node says of one of its children."""

    def __init__(self, cursor):
        self.id, self.twin, self.first, self.last = cursor.take(32), cursor.take(32), cursor.counted(), cursor.counted()
        self.records, self.files, self.bytes, self.newest = cursor.varint(), cursor.varint(), cursor.varint(), cursor.signed()

    def __str__(self):
        return f"/{shown(self.first)} … /{shown(self.last)}"


class Listing:
    """The tree of listing nodes and blocks of a snapshot."""

    def __init__(self, chunks, root, report):
        self.chunks, self.root, self.report = chunks, root, report

    def node(self, identity, level=None):
        """(level, children) of a listing node."""
        what = f"listing node {identity.hex()[:16]}"
        cursor = Cursor(self.chunks.read(LISTING_NODE, identity), what)
        found = cursor.take(3), cursor.u8()
        if found[0] != b"LN\x01" or level not in (None, found[1]):
            raise Damage(f"{what} is not a listing node of level {level}")
        children = [Child(cursor) for _ in range(cursor.count(70))]
        cursor.end()
        return found[1], children

    def blocks(self, backwards=False, quietly=False):
        """Yields (child, chunks, records) of every block in path order, or backwards. Damaged parts are reported and passed over."""
        bound = [None]

        def walk(identity, level, about):
            try:
                level, children = self.node(identity, level)
            except Damage as damage:
                if not quietly:
                    self.report.add(damage, f"the entries {about} are lost: ")
                return
            for child in reversed(children) if backwards else children:
                if level > 0:
                    yield from walk(child.id, level - 1, child)
                    continue
                try:
                    chunks, records = parse_block(self.chunks.read(LISTING_BLOCK, child.id), f"listing block {child.id.hex()[:16]}")
                    if not records or (child.first, child.last, child.records) != (records[0].path, records[-1].path, len(records)):
                        raise Damage(f"listing block {child.id.hex()[:16]} does not hold what its node says")
                except Damage as damage:
                    if not quietly:
                        self.report.add(damage, f"the entries {child} are lost: ")
                    continue
                if not backwards:
                    for record in records:
                        order = path_order(record.path)
                        if bound[0] is not None and order <= bound[0]:
                            self.report.add(Damage(f"the listing is not in path order at /{shown(record.path)}"))
                        bound[0] = order
                yield child, chunks, records

        yield from walk(self.root, None, "of the whole snapshot")

    def slices(self, record):
        """The slices of a file's content; with a content list they are read from it, 41 bytes each."""
        if not record.flags & LISTED:
            yield from record.slices
            return
        pending = b""
        for kind, identity, offset, length in record.slices:
            if kind != CONTENT_LIST:
                raise Damage("the content list is not of that type")
            pending += self.chunks.slice(kind, identity, offset, length)
            whole = len(pending) // 41 * 41
            for item in struct.iter_unpack("<B32sII", pending[:whole]):
                yield item
            pending = pending[whole:]
        if pending:
            raise Damage("the content list ends in the middle of an item")

    def pieces(self, record):
        for kind, identity, offset, length in self.slices(record):
            if kind not in (PIECE, BUNDLE):
                raise Damage("a slice of the content is not of a content type")
            if length:
                yield self.chunks.slice(kind, identity, offset, length)

    def read_content(self, record, write):
        """Passes the data extents to write(position, bytes) and compares the whole with the file's SHA-256, holes read as zeros."""
        if record.flags & UNREADABLE and not record.slices:
            return
        digest, position, pending, pieces, zeros = hashlib.sha256(), 0, b"", self.pieces(record), bytes(MIB)

        def hole(until):
            for start in range(position, until, MIB):
                digest.update(zeros[:min(MIB, until - start)])

        for start, length in record.extents:
            hole(start)
            position = start
            while length:
                pending = pending or next(pieces, None)
                if pending is None:
                    raise Damage("the content is shorter than the file")
                part, pending = pending[:length], pending[length:]
                digest.update(part)
                write(position, part)
                position, length = position + len(part), length - len(part)
        hole(record.size)
        if pending or next(pieces, None) is not None:
            raise Damage("the content is longer than the file")
        if digest.digest() != record.digest:
            raise Damage("the content does not match the file's SHA-256")

    def named(self, identity, inner=False):
        """(type, id) of all chunks that a reference block and the content lists' ones in it name."""
        what = f"reference block {identity.hex()[:16]}"
        cursor = Cursor(self.chunks.read(REFERENCE_BLOCK, identity), what)
        if cursor.take(3) != b"RB\x01":
            raise Damage(f"{what} is not one")
        named = {(cursor.u8(), cursor.take(32)) for _ in range(cursor.count(33))}
        cursor.end()
        further = [chunk for kind, chunk in named if kind == REFERENCE_BLOCK]
        if further and inner:
            raise Damage(f"{what} leads to more reference blocks")
        return named.union(*(self.named(chunk, True) for chunk in further))

    def check_references(self, reference_root):
        """The reference tree must mirror the listing tree, and each reference block name at least what its listing block refers to."""
        def walk(listing, reference, level):
            level, children = self.node(listing, level)
            what = f"reference node {reference.hex()[:16]}"
            cursor = Cursor(self.chunks.read(REFERENCE_NODE, reference), what)
            if cursor.take(3) != b"RN\x01" or cursor.u8() != level:
                raise Damage(f"{what} does not mirror the listing")
            twins = [(cursor.take(32), cursor.take(32)) for _ in range(cursor.count(64))]
            cursor.end()
            if twins != [(child.id, child.twin) for child in children]:
                raise Damage(f"{what} does not mirror the listing")
            for child in children:
                if level > 0:
                    walk(child.id, child.twin, level - 1)
                    continue
                named = self.named(child.twin)
                chunks, records = parse_block(self.chunks.read(LISTING_BLOCK, child.id), f"listing block {child.id.hex()[:16]}")
                needed = set(chunks)
                for record in records:
                    if record.type == FILE and record.flags & LISTED:
                        needed.update(item[:2] for item in self.slices(record))
                if not needed <= named:
                    raise Damage(f"reference block {child.twin.hex()[:16]} does not name all that /{shown(child.first)} … /{shown(child.last)} needs")
        walk(self.root, reference_root, None)


# ---------------------------------------------------------------------------------------------------------- 8. Snapshots and commits

class Snapshot:
    """A snapshot whose signatures have been verified, and its commit, if there is one."""

    def __init__(self, repository, keyring, writer, sequence, record, fields):
        self.repository, self.keyring, self.writer, self.sequence, self.fields = repository, keyring, writer, sequence, fields
        self.digest, self.name, self.commit, self.opened = sha256(record), f"{writer.id.hex()}/{sequence:010}", None, None
        fields.expect(1, repository.id)
        fields.expect(2, writer.id)
        fields.expect(3, writer.domain)
        fields.expect(5, sequence)
        self.domain, self.epoch, self.session = fields.bytes(3, 16), fields.number(4), fields.bytes(7, 16)
        self.previous, self.time = fields.bytes(6, 32), fields.number(9)

    def add_commit(self):
        name = f"commits/{self.name}"
        if not os.path.lexists(self.repository.locate(name)):
            return
        commit = self.writer.open(self.repository.read(name), b"SHCOMMT1", name)
        commit.expect(1, self.repository.id)
        commit.expect(2, self.writer.id)
        commit.expect(3, self.sequence)
        commit.expect(4, self.digest)
        self.commit = commit

    def part(self, tag, kind, prefix):
        header = SealHeader(self.fields.bytes(14), (SNAPSHOT,), f"snapshots/{self.name}")
        if (header.domain, header.epoch) != (self.domain, self.epoch):
            raise Damage(f"snapshots/{self.name} and its seal header disagree")
        what = f"part {tag} of snapshots/{self.name}"
        key = self.keyring.object_key(header, kind)
        return Fields(decrypt(key, prefix, 0, self.fields.bytes(tag), b"SHSNAP01" + header.object, what), what)

    def data(self):
        if self.opened is None:
            self.opened = self.part(15, DATA, 4)
        return self.opened

    def manifest(self):
        """(class, digest, size) of what the session wrote, once it matches the commit."""
        name = f"sessions/{self.writer.id.hex()}/{self.session.hex()}/manifest"
        record = self.repository.read(name)
        if sha256(record) != self.commit.bytes(7, 32):
            raise Damage(f"{name} is not the one that the commit names")
        fields = self.writer.open(record, b"SHMANIF1", name)
        fields.expect(1, self.writer.id)
        fields.expect(2, self.session)
        items = fields.bytes(3)
        if len(items) % 41:
            raise Damage(f"{name} ends in the middle of an item")
        return list(struct.iter_unpack("<B32sQ", items))

    def describe(self):
        data = self.data()
        when = datetime.datetime.fromtimestamp(self.time / 1e9, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        paths = " ".join(shown(path) for path in data.list(4))
        return (f"{self.writer.id.hex()[:8]}/{self.sequence}  {self.digest.hex()[:12]}  {when} UTC  {shown(data.values.get(2, b''))}  {paths}  "
                f"{data.number(7, 0)} files, {data.number(10, 0)} bytes")


class Writer:
    """One who may add: the administrator says which key and domain it has."""

    def __init__(self, repository, fields):
        self.repository, self.id, self.domain = repository, fields.bytes(1, 16), fields.bytes(2, 16)
        self.key = SigningKey(fields.bytes(4, 1984), f"writer {self.id.hex()[:8]}")

    def open(self, record, magic, what):
        return self.key.open(record, magic, self.repository, what)


def read_withdrawals(repository, administrator, report):
    """(last number that counts, its digest) of each writer that the administrator withdrew; of several the one with the lowest number."""
    withdrawn = {}
    for name, fields in signed_by_administrator(repository, administrator, "keys/withdrawals", b"SHWITHD1", report):
        writer, word = fields.bytes(1, 16), (fields.number(3), fields.bytes(4, 32))
        withdrawn[writer] = min(word, withdrawn.get(writer, word))
    return withdrawn


def read_snapshots(repository, administrator, keyring, dropped, report):
    """All committed snapshots of writers who were not withdrawn before; the chains of digests are verified over the prepared ones as well. A number that was dropped and whose
    snapshot is missing or damaged stays in its chain by the digest in its drop record."""
    writers = {}
    for name, fields in signed_by_administrator(repository, administrator, "keys/writers", b"SHWRITR1", report):
        writer = Writer(repository, fields)
        if writer.id in writers and writers[writer.id].key.data != writer.key.data:
            raise Damage(f"{name} gives writer {writer.id.hex()[:8]} a second key")
        writers[writer.id] = writer
    withdrawn = read_withdrawals(repository, administrator, report)
    committed = []
    for directory in repository.list("snapshots"):
        writer = writers.get(bytes.fromhex(directory)) if len(directory) == 32 and set(directory) <= set("0123456789abcdef") else None
        if writer is None:
            report.add(Damage(f"snapshots/{directory} belongs to no writer that the administrator signed"))
            continue
        until, until_digest = withdrawn.get(writer.id, (None, None))
        last = 0
        previous = None     # digest of the snapshot object before, None when it is missing or not valid
        there = repository.list(f"snapshots/{directory}")
        for number in sorted({*there, *(number for owner, number in dropped if owner == directory)}):
            name = f"snapshots/{directory}/{number}"
            if len(number) != 10 or not (number.isascii() and number.isdigit()) or int(number) == 0:
                report.note(f"{name} is not a snapshot's name and was passed over")
                continue
            sequence = int(number)
            if sequence != last + 1:
                report.note(f"gap: the snapshots {last + 1} to {sequence - 1} of writer {directory[:8]} are missing")
                previous = None
            before, last, adjacent = previous, sequence, sequence == last + 1
            previous = dropped.get((directory, number))
            if number not in there:
                report.note(f"{name} was lost, and dropped")
                continue
            try:
                record = repository.read(name)
                snapshot = Snapshot(repository, keyring, writer, sequence, record, writer.open(record, b"SHSNAPS1", name))
                previous = snapshot.digest
                expected = bytes(32) if sequence == 1 else before
                if adjacent and expected is not None and snapshot.previous != expected:
                    report.add(Damage(f"{name} does not name the snapshot before it as its predecessor: the chain is broken"))
                if sequence == until and snapshot.digest != until_digest:
                    raise Damage(f"{name} is not the snapshot after which its writer was withdrawn")
                snapshot.add_commit()
            except Damage as damage:
                if (directory, number) in dropped:
                    report.note(f"{name} was lost, and dropped: {damage}")
                else:
                    report.add(damage)
                continue
            if snapshot.commit is None:
                report.note(f"{name} was never committed and does not count")
            elif until is not None and sequence > until:
                report.note(f"{name} was added after its writer was withdrawn, and does not count")
            else:
                committed.append(snapshot)
        for number in repository.list(f"commits/{directory}"):
            if (directory, number) not in dropped and not os.path.lexists(repository.locate(f"snapshots/{directory}/{number}")):
                report.add(Damage(f"commits/{directory}/{number} confirms a snapshot that is missing"))
    return sorted(committed, key=lambda snapshot: (snapshot.time, snapshot.writer.id, snapshot.sequence))


def read_drops(repository, administrator, report):
    """Digests of the snapshots that the administrator dropped, by writer and number. What does not hold drops nothing."""
    dropped = {}
    for directory in repository.list("drops"):
        for number in repository.list(f"drops/{directory}"):
            name = f"drops/{directory}/{number}"
            try:
                fields = administrator.open(repository.read(name), b"SHDROPS1", repository, name)
                fields.expect(1, repository.id)
                if f"drops/{fields.bytes(2, 16).hex()}/{fields.number(3):010}" != name:
                    raise Damage(f"{name} stands under a name that is not its own")
                dropped[directory, number] = fields.bytes(4, 32)
            except Damage as damage:
                report.add(damage)
    return dropped


def choose(snapshots, wanted):
    if not snapshots:
        raise Trouble("The repository holds no committed snapshot.")
    if wanted == "latest":
        return snapshots[-1]
    prefix, slash, sequence = wanted.lower().partition("/")
    if slash:
        found = [s for s in snapshots if sequence.isdigit() and s.sequence == int(sequence) and s.writer.id.hex().startswith(prefix)]
    else:
        found = [s for s in snapshots if s.digest.hex().startswith(prefix)]
    if len(found) != 1:
        raise Trouble(f"'{shown(wanted)}' names {'no committed snapshot' if not found else 'more than one snapshot'}; --list shows them.")
    return found[0]


# ------------------------------------------------------------------------------------------------------------------------ Restoring

class Target:
    """The directory that is restored to. Everything is done from inside one directory after another, under bare names: no path is ever
    too long, and no symbolic link is ever followed, because each step down refuses one."""

    KEPT = 64       # levels whose descriptors stay open; deeper ones are walked again

    def __init__(self, path):
        os.makedirs(path, exist_ok=True)
        self.root = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        self.names, self.descriptors = [], []       # below the root; a descriptor may be None

    @staticmethod
    def step(descriptor, name, create):
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
        try:
            return os.open(name, flags, dir_fd=descriptor)
        except FileNotFoundError:
            if not create:
                raise
            os.mkdir(name, 0o700, dir_fd=descriptor)
            return os.open(name, flags, dir_fd=descriptor)

    def enter(self, names, create=True):
        """Makes a directory the current one."""
        common = len(os.path.commonprefix([self.names, names]))
        while common and self.descriptors[common - 1] is None:
            common -= 1
        for descriptor in self.descriptors[common:]:
            if descriptor is not None:
                os.close(descriptor)
        del self.names[common:], self.descriptors[common:]
        for name in names[common:]:
            descriptor = self.step(self.descriptors[-1] if self.descriptors else self.root, name, create)
            if len(self.descriptors) > self.KEPT:
                os.close(self.descriptors[-1])
                self.descriptors[-1] = None
            self.names.append(name)
            self.descriptors.append(descriptor)
        os.fchdir(self.current())

    def current(self):
        return self.descriptors[-1] if self.descriptors else self.root

    def directory(self, names):
        """A new descriptor of another directory, for linking from it."""
        descriptor = os.dup(self.root)
        for name in names:
            try:
                below = self.step(descriptor, name, False)
            finally:
                os.close(descriptor)
            descriptor = below
        return descriptor


class Restorer:
    """Restores the records of a listing below a target, or, without one, only reads them."""

    def __init__(self, listing, target, strip, report):
        self.listing, self.target, self.report = listing, target, report
        self.strip, self.stripped = strip, None
        self.links, self.root_user, self.count = {}, os.geteuid() == 0, 0

    def place(self, record):
        """The names of a record's path below the target; None for what --strip leaves out."""
        names = record.path.split(b"/") if record.path else []
        if (not names and record.type != DIRECTORY) or any(name in (b"", b".", b"..") or b"\0" in name for name in names):
            raise Damage("the path is not one that a listing can hold; it was refused")
        if not self.strip:
            return names
        if self.stripped is None and not record.flags & ANCESTOR:       # the first entry that is not an ancestor is the backed-up path
            self.stripped = names if record.type == DIRECTORY else names[:-1]
        if self.stripped is None or (record.flags & ANCESTOR and names == self.stripped[:len(names)]):
            return None
        if names[:len(self.stripped)] != self.stripped:
            raise Trouble("it lies outside the first backed-up path: --strip needs a snapshot of a single path")
        return names[len(self.stripped):]

    def each(self, backwards=False):
        """(record, names) of everything to restore; problems with single records are reported the first time."""
        for _, _, records in self.listing.blocks(backwards, quietly=backwards):
            for record in reversed(records) if backwards else records:
                try:
                    names = self.place(record)
                except Trouble as problem:
                    if not backwards:
                        self.report.add(problem, f"/{shown(record.path)}: ")
                    continue
                if names is not None:
                    yield record, names

    def run(self):
        """Creates everything in path order, then gives directories their metadata in the reverse order: children first, so that
        neither a time stamp is spoilt nor a directory locked while something is still to be done below it."""
        for record, names in self.each():
            self.attempt(record, lambda: self.restore(record, names))
        if self.target:
            for record, names in self.each(backwards=True):
                if record.type == DIRECTORY and not (record.flags & ANCESTOR and not names):
                    self.attempt(record, lambda: self.finish_directory(record, names))
            os.fchdir(self.target.root)

    def attempt(self, record, action):
        try:
            action()
            return
        except Trouble as caught:
            problem = caught
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise Trouble("There is no space left below the target.") from None
            reason = "something else is in the way" if error.errno in (errno.ELOOP, errno.ENOTDIR) else error.strerror
            problem = Trouble(f"{reason}")
        except OverflowError:
            problem = Trouble("it holds a number that this system cannot set")
        self.report.add(problem, f"/{shown(record.path)}: ")

    def restore(self, record, names):
        if record.flags & (CHANGED | UNREADABLE):
            state = "could not be read" if record.flags & UNREADABLE else "changed while it was read"
            self.report.note(f"/{shown(record.path)} {state} when it was backed up")
        if self.target is None:
            if record.type == FILE:
                self.listing.read_content(record, lambda position, part: None)
            self.count += 1
            return
        if record.type == DIRECTORY:
            self.target.enter(names)
            self.count += 1
            return
        self.target.enter(names[:-1])
        temporary = b".safehold-restore-" + secrets.token_hex(8).encode()
        group = (record.device, record.inode) if record.flags & HARD_LINKED else None
        try:
            if group in self.links:
                self.link(group, temporary)
            elif not self.create(record, temporary):
                return
            os.rename(temporary, names[-1])
        finally:
            try:
                os.unlink(temporary)        # also after a rename onto another link of the same file, which does nothing
            except FileNotFoundError:
                pass
        if group:
            first, left = self.links.get(group, (names, record.links))
            self.links[group] = (first, left - 1)
            if left <= 1:
                del self.links[group]
        self.count += 1

    def link(self, group, temporary):
        first = self.links[group][0]
        descriptor = self.target.directory(first[:-1])
        try:
            os.link(first[-1], temporary, src_dir_fd=descriptor, follow_symlinks=False)
        finally:
            os.close(descriptor)

    def create(self, record, temporary):
        """Makes anything but a directory under a temporary name in the current directory."""
        if record.type == FILE:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                def write(position, part):
                    file.seek(position)
                    file.write(part)
                self.listing.read_content(record, write)
                file.flush()
                os.ftruncate(descriptor, record.size if record.slices or record.flags & HOLES else 0)
        elif record.type == LINK:
            os.symlink(record.target, temporary)
        elif record.type == FIFO:
            os.mkfifo(temporary, 0o600)
        elif record.type == SOCKET:
            os.mknod(temporary, stat.S_IFSOCK | 0o600)
        elif not self.root_user:
            self.report.note(f"/{shown(record.path)} is a device and was left out: only root can make one")
            return False
        else:
            os.mknod(temporary, (stat.S_IFCHR if record.type == CHARACTER else stat.S_IFBLK) | 0o600, os.makedev(*record.rdev))
        self.metadata(record, temporary)
        return True

    def finish_directory(self, record, names):
        try:
            self.target.enter(names, create=False)
        except (FileNotFoundError, NotADirectoryError):
            return                          # it could not be made; that has been reported
        self.metadata(record, self.target.current())

    def metadata(self, record, name):
        """Of a bare name or an open directory. Owner first, because changing it clears the set-id bits and capabilities; times last,
        because all else changes them."""
        options = {} if isinstance(name, int) else {"follow_symlinks": False}
        if self.root_user:
            os.chown(name, record.uid, record.gid, **options)
        for attribute, value in record.xattrs:
            if not self.root_user and attribute.startswith((b"trusted.", b"security.")):
                self.report.note(f"/{shown(record.path)}: only root can set {shown(attribute)}; it was left out")
                continue
            try:
                os.setxattr(name, attribute, value, **options)
            except OSError as error:
                self.report.add(Trouble(f"the extended attribute {shown(attribute)} cannot be set ({error.strerror})"), f"/{shown(record.path)}: ")
        if record.type != LINK:
            os.chmod(name, record.mode)
        os.utime(name, ns=(record.mtime, record.mtime), **options)


def verify_objects(repository, snapshot, packs, report):
    """For --verify-only: whole objects against their names, and the session's manifest against what is there."""
    named = {f"packs/{d[:2]}/{d}" if c == 1 else f"meta/{d[:2]}/{d}" if c == 2 else f"index/{snapshot.domain.hex()}/0/{d}": size
             for c, d, size in ((c, d.hex(), size) for c, d, size in snapshot.manifest())}
    for tag in ("specification", "restorer"):
        named["spec/" + repository.hexadecimal(tag, 32).hex()] = None
    swept = read_swept(repository, report)
    for name in sorted(packs.used | named.keys()):
        if name in swept and not os.path.lexists(repository.locate(name)):
            continue
        try:
            repository.check_name(name, named.get(name))
        except Damage as damage:
            report.add(damage)


# ---------------------------------------------------------------------------------------------------------------------- 9. Collection

def read_swept(repository, report):
    """Names that collections have removed, or may remove at any moment, here or at what this is a copy of."""
    swept = set()
    for area in ("sweeps", "unfollowed"):
        for generation in repository.list(area):
            steps = set(repository.list(f"{area}/{generation}"))
            if not steps & ({"sweep", "pardoned", "replaced", "done"} if area == "sweeps" else {"done"}):
                continue
            try:
                lists = {step: read_step(repository, area, generation, step)
                         for step in ("condemned", "pardoned", "replaced", "floor") if step in steps}
                swept |= lists.get("condemned", set()) - lists.get("pardoned", set())
                swept |= lists.get("replaced", set()) | lists.get("floor", set())
            except Damage as damage:
                report.add(damage)
    return swept


def read_step(repository, area, generation, step):
    name = f"{area}/{generation}/{step}"
    record = repository.read(name)
    if record[:8] != b"SHSWEEP1" or sha256(record[:-32]) != record[-32:]:
        raise Damage(f"{name} is not a step of a collection, or was altered")
    fields = Fields(record[8:-32], name)
    fields.expect(1, int(generation))
    items = fields.bytes(4)
    if len(items) % 57:
        raise Damage(f"{name} ends in the middle of an item")
    # A floor does not say which of them were metadata packs.
    return {f"index/{domain.hex()}/0/{d.hex()}" if c == 3 else f"{place}/{d.hex()[:2]}/{d.hex()}"
            for c, d, _, domain in struct.iter_unpack("<B32sQ16s", items)
            for place in (("packs", "meta") if step == "floor" else ("packs",) if c == 1 else ("meta",))}


# ------------------------------------------------------------------------------------------------------------------------ Command line

def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="restore.py", description="Restores a snapshot from a Safehold repository, format 1.")
    parser.add_argument("repository", metavar="REPOSITORY")
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--passphrase-file", metavar="FILE", help="the passphrase; one line end at its end is left out")
    key.add_argument("--recipient-file", metavar="FILE", help="the file with the line SAFEHOLD-RECIPIENT-KEY-1:")
    key.add_argument("--shares", metavar="FILE", nargs="+", help="files with one line SAFEHOLD-SHARE-1: each")
    parser.add_argument("--list", action="store_true", help="list the committed snapshots, oldest first")
    parser.add_argument("--dropped", action="store_true", help="take the snapshots that were dropped for existing: they may be incomplete")
    parser.add_argument("--snapshot", metavar="NAME", default="latest", help="latest (default), WRITERPREFIX/SEQUENCE, or a prefix of its digest")
    parser.add_argument("--target", metavar="DIR", help="restore below this directory, at absolute paths")
    parser.add_argument("--strip", action="store_true", help="without the leading backed-up path")
    parser.add_argument("--fingerprint", metavar="HEX", help="the administrator's fingerprint, from the recovery kit")
    parser.add_argument("--verify-only", action="store_true", help="read and verify all that a restore would, and write nothing")
    arguments = parser.parse_args(arguments)
    if not (arguments.list or arguments.verify_only or arguments.target):
        parser.error("say what to do: --list, --verify-only or --target DIR")
    if arguments.fingerprint is not None:
        arguments.fingerprint = "".join(arguments.fingerprint.split()).replace(":", "").lower()
    return arguments


def main(arguments, report):
    repository = Repository(arguments.repository)
    administrator = read_administrator(repository, arguments.fingerprint)
    if arguments.fingerprint is None:
        report.note(f"the administrator's fingerprint is {administrator.fingerprint.hex()}; compare it with the recovery kit")
    keyring = Keyring.unlock(repository, administrator, arguments, report)
    drops = read_drops(repository, administrator, report)
    snapshots = read_snapshots(repository, administrator, keyring, drops, report)
    dropped = set(drops.values())
    if not arguments.dropped:
        snapshots = [snapshot for snapshot in snapshots if snapshot.digest not in dropped]
    if arguments.list:
        for snapshot in snapshots:
            try:
                print(snapshot.describe() + ("  (dropped)" if snapshot.digest in dropped else ""))
            except Trouble as problem:
                report.add(problem, f"snapshots/{snapshot.name}: ")
        return
    snapshot = choose(snapshots, arguments.snapshot)
    print(f"snapshot {snapshot.describe()}")
    root = snapshot.data().bytes(6, 32)
    structure = snapshot.part(16, STRUCTURE, 5)
    if structure.bytes(1, 32) != root:
        report.add(Damage(f"the two parts of snapshots/{snapshot.name} name different listings"))
    packs = Packs(repository, keyring)
    locations = Locations(repository, keyring, snapshot.domain, packs, report)
    chunks = Chunks(keyring, packs, locations, keyring.epoch(snapshot.domain, snapshot.epoch).chunk_id_key, report)
    listing = Listing(chunks, root, report)
    target = None if arguments.verify_only else Target(os.fsencode(arguments.target))
    restorer = Restorer(listing, target, arguments.strip, report)
    restorer.run()
    try:
        if arguments.verify_only:
            listing.check_references(structure.bytes(2, 32))
            verify_objects(repository, snapshot, packs, report)
        else:
            snapshot.manifest()
    except Damage as damage:
        report.add(damage)
    print(f"{restorer.count} entries {'verified' if arguments.verify_only else 'restored'}; "
          f"{report.damages} damaged, {report.failures} failed")


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    outcome, parsed = Report(), parse_arguments(sys.argv[1:])
    try:
        main(parsed, outcome)
    except Trouble as problem:
        print(f"restore.py: {problem}", file=sys.stderr)
        sys.exit(problem.status)
    except OSError as error:
        print(f"restore.py: {shown(os.fsencode(error.filename)) + ': ' if error.filename else ''}{error.strerror}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(outcome.status)
