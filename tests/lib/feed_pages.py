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


# ---- both ends of the conversation ------------------------------------------------------

RIGHT, FUTURE, UNKNOWN, OTHER_PROVINCE, OTHER_VERSION = 1, 2, 3, 4, 5
OPEN, STATE, REQUEST, PART, REFUSAL = 16, 17, 18, 19, 20


def cursor(chain, epoch, page, digest_of=None):
    out = [(1, chain), (2, epoch), (3, page)] if chain else []
    return packed(out + ([(4, digest_of)] if digest_of else []))


def opening(province, after, version=1):
    return packed([(OPEN, packed([(1, version), (2, province), (3, after), (4, b"test")]))])


def request(page, offset=0):
    return packed([(REQUEST, packed([(1, page), (2, offset)]))])


def answer_of(message):
    """(kind, {field: value}) of an envelope; (0, {}) for no answer."""
    if not message:
        return 0, {}
    number, value = fields_of(message)[0]
    return number, dict(fields_of(value))


class Router:
    """A feed as somebody with the province's server key could run one: every message goes to
    answer(kind, fields), which gives messages to send back."""

    def __init__(self, secret, answer):
        import threading
        import flow_raw
        z = flow_raw._library()
        self.z, self.answer, self.ended = z, answer, False
        self.ctx = z.zmq_ctx_new()
        self.socket = z.zmq_socket(self.ctx, flow_raw.ROUTER)
        number = ctypes.string_at(ctypes.byref(ctypes.c_int(1)), 4)
        wait = ctypes.string_at(ctypes.byref(ctypes.c_int(50)), 4)
        none = ctypes.string_at(ctypes.byref(ctypes.c_int(0)), 4)
        for option, value in ((47, number), (flow_raw.CURVE_SECRETKEY, secret),
                              (flow_raw.RCVTIMEO, wait), (flow_raw.LINGER, none)):
            assert z.zmq_setsockopt(self.socket, option, value, len(value)) == 0, option
        z.zmq_bind.argtypes = z.zmq_connect.argtypes
        z.zmq_getsockopt.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p,
                                     ctypes.POINTER(ctypes.c_size_t)]
        assert z.zmq_bind(self.socket, b"tcp://127.0.0.1:*") == 0
        room, size = ctypes.create_string_buffer(200), ctypes.c_size_t(200)
        assert z.zmq_getsockopt(self.socket, 32, room, ctypes.byref(size)) == 0
        self.endpoint = room.value.decode()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        room = ctypes.create_string_buffer(1 << 16)
        while not self.ended:
            n = self.z.zmq_recv(self.socket, room, len(room), 0)
            if n < 0:
                continue
            peer = room.raw[:n]
            n = self.z.zmq_recv(self.socket, room, len(room), 0)
            for message in self.answer(*answer_of(room.raw[:n])):
                self.z.zmq_send(self.socket, peer, len(peer), 2)
                self.z.zmq_send(self.socket, message, len(message), 0)

    def close(self):
        self.ended = True
        self.thread.join(5)
        self.z.zmq_close(self.socket)
        self.z.zmq_ctx_term(self.ctx)
