"""Pages of the feed by hand: taken apart, changed, put together and signed again. By
proto/feed.h and the field numbers of proto/htx.proto; Ed25519 of libsodium through ctypes."""
import ctypes
import ctypes.util
import hashlib
import os
import struct

MAGIC = b"HTXPAGE1"
VERSION, PROVINCE, CHAIN, EPOCH, PAGE, PREVIOUS = 1, 2, 3, 4, 5, 6
FIRST_NUMBER, LAST_NUMBER, FIRST_SEQ, LAST_SEQ = 9, 10, 11, 12
RECORDS, BYTES, BODY, SEALED_AT, KEY = 13, 14, 15, 16, 17


def varint(n):
    out = bytearray()
    while n > 0x7f:
        out.append(n & 0x7f | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


def fields_of(data):
    """[(number, value)]: an int or bytes."""
    out, i = [], 0

    def number():
        nonlocal i
        n = shift = 0
        while True:
            b = data[i]
            i += 1
            n |= (b & 0x7f) << shift
            shift += 7
            if b < 0x80:
                return n
    while i < len(data):
        key = number()
        if key & 7 == 0:
            out.append((key >> 3, number()))
        else:
            assert key & 7 == 2, key
            n = number()
            out.append((key >> 3, data[i:i + n]))
            i += n
    return out


def packed(fields):
    out = b""
    for n, v in fields:
        out += varint(n << 3) + varint(v) if isinstance(v, int) else \
            varint(n << 3 | 2) + varint(len(v)) + v
    return out


def digest(domain, data):
    return hashlib.blake2b(domain + b"\0" + data, digest_size=32).digest()


def key_of(path):
    """(public, secret) of a key file of ours."""
    with open(path, encoding="ascii") as f:
        _, public, secret = f.read().split()
    return bytes.fromhex(public), bytes.fromhex(secret)


def signed(secret, domain, data):
    lib = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
    out, message = ctypes.create_string_buffer(64), digest(domain, data)
    assert lib.crypto_sign_detached(out, None, message, ctypes.c_ulonglong(32), secret) == 0
    return out.raw


class Page:
    """One page file. header: a dict by field number; records: bytes of each."""

    def __init__(self, data):
        assert data[:8] == MAGIC
        n, = struct.unpack(">I", data[8:12])
        self.header = dict(fields_of(data[12:12 + n]))
        self.signature = data[12 + n:76 + n]
        self.records, body = [], data[76 + n:]
        while body:
            n, = struct.unpack(">I", body[:4])
            self.records.append(body[4:4 + n])
            body = body[4 + n:]

    def body(self):
        return b"".join(struct.pack(">I", len(r)) + r for r in self.records)

    def file(self, key=None):
        """As a file; key: (public, secret) that signs it anew, with a header that fits."""
        if key:
            body = self.body()
            self.header.update({RECORDS: len(self.records), BYTES: len(body),
                                BODY: digest(b"htx.feed.body.v1", body), KEY: key[0]})
        header = packed(sorted(self.header.items()))
        if key:
            self.signature = signed(key[1], b"htx.feed.sign.v1", header)
        return MAGIC + struct.pack(">I", len(header)) + header + self.signature + self.body()

    def hash(self):
        return digest(b"htx.feed.v1", packed(sorted(self.header.items())))


def folder(path):
    """Page files of a folder in their order: [(name, bytes)]."""
    out = []
    for name in sorted(os.listdir(path)):
        if name.endswith(".htxpage"):
            with open(os.path.join(path, name), "rb") as f:
                out.append((name, f.read()))
    return out
