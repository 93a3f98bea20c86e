"""A collector's messages by hand: a raw DEALER with a unit's keys, and protobuf bytes.

libzmq is called through ctypes, so that no package is needed beyond what the programs
themselves need.
"""
import ctypes
import ctypes.util
import os
import sqlite3
import time

DEALER, ROUTER = 5, 6
LINGER, RCVTIMEO, SNDTIMEO, IMMEDIATE, SNDHWM, RCVHWM = 17, 27, 28, 39, 23, 24
CURVE_PUBLICKEY, CURVE_SECRETKEY, CURVE_SERVERKEY = 48, 49, 50
DONTWAIT = 1

_zmq = None


def _library():
    global _zmq
    if _zmq is None:
        _zmq = ctypes.CDLL(ctypes.util.find_library("zmq") or "libzmq.so.5", use_errno=True)
        for name, result in (("zmq_ctx_new", ctypes.c_void_p), ("zmq_socket", ctypes.c_void_p)):
            getattr(_zmq, name).restype = result
        _zmq.zmq_socket.argtypes = [ctypes.c_void_p, ctypes.c_int]
        _zmq.zmq_setsockopt.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p,
                                        ctypes.c_size_t]
        _zmq.zmq_connect.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
        _zmq.zmq_send.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
        _zmq.zmq_recv.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
        _zmq.zmq_close.argtypes = [ctypes.c_void_p]
        _zmq.zmq_ctx_term.argtypes = [ctypes.c_void_p]
        _zmq.zmq_curve_keypair.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
    return _zmq


def new_curve():
    public, secret = ctypes.create_string_buffer(41), ctypes.create_string_buffer(41)
    _library().zmq_curve_keypair(public, secret)
    return public.value, secret.value


def curve_of(collector, unit):
    """(public, secret) of a collector's own key file."""
    with open(os.path.join(collector.state, "keys", unit + ".curve"), "rb") as f:
        _, public, secret = f.read().split()
    return public, secret


def server_key(province):
    with open(os.path.join(province.state, "genesis.conf"), encoding="utf-8") as f:
        for line in f:
            name, _, value = line.partition("=")
            if name.strip() == "curve":
                return value.strip().encode()
    raise KeyError("curve")


class Dealer:
    def __init__(self, province, keys, port=None):
        z = _library()
        self.ctx = z.zmq_ctx_new()
        self.socket = z.zmq_socket(self.ctx, DEALER)
        self.room = ctypes.create_string_buffer(1 << 19)
        for option, value in ((LINGER, 0), (IMMEDIATE, 1), (SNDTIMEO, 5000), (RCVTIMEO, 5000),
                              (SNDHWM, 64), (RCVHWM, 2000)):
            self._set(option, ctypes.string_at(ctypes.byref(ctypes.c_int(value)), 4))
        self._set(CURVE_SERVERKEY, server_key(province))
        self._set(CURVE_PUBLICKEY, keys[0])
        self._set(CURVE_SECRETKEY, keys[1])
        if z.zmq_connect(self.socket, b"tcp://127.0.0.1:%d" % (port or province.port)):
            raise OSError("connect")

    def _set(self, option, value):
        if _library().zmq_setsockopt(self.socket, option, value, len(value)):
            raise OSError("option %d" % option)

    def send(self, data, wait=True):
        return _library().zmq_send(self.socket, data, len(data), 0 if wait else DONTWAIT) >= 0

    def receive(self, seconds=5.0):
        """One message, or None."""
        self._set(RCVTIMEO, ctypes.string_at(ctypes.byref(ctypes.c_int(int(seconds * 1000))), 4))
        n = _library().zmq_recv(self.socket, self.room, len(self.room), 0)
        return None if n < 0 else self.room.raw[:n]

    def ask(self, data, seconds=5.0):
        """An answer that is no "not now" for the whole session."""
        self.send(data)
        return self.receive(seconds)

    def ask_many(self, data, times, window=8):
        """The answers to one message sent many times, a few on the way at once."""
        answers, sent = [], 0
        while len(answers) < times:
            while sent < times and sent - len(answers) < window:
                if not self.send(data):
                    return answers
                sent += 1
            answer = self.receive()
            if answer is None:
                return answers
            answers.append(answer)
        return answers

    def close(self):
        _library().zmq_close(self.socket)
        _library().zmq_ctx_term(self.ctx)


def envelopes(collector, unit):
    """The sealed batches of a unit as they are sent; the daemon must be down."""
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(collector.state, "outbox.sqlite"),
                         uri=True)
    try:
        return [r[0] for r in db.execute(
            "select envelope from batch where unit = ? order by epoch, number", (unit,))]
    finally:
        db.close()


# ---- protobuf ---------------------------------------------------------------------------

def _varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data, base=0):
    """(number, start, end) of each length-delimited field; places count from base."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            _, at = _varint(data, at)
        elif tag & 7 == 2:
            size, at = _varint(data, at)
            yield tag >> 3, base + at, base + at + size
            at += size
        else:
            raise ValueError("wire type %d" % (tag & 7))


def place(data, *path):
    """(start, end) of the first field reached by the numbers of path."""
    start, end = 0, len(data)
    for number in path:
        start, end = next((s, e) for n, s, e in fields(data[start:end], start) if n == number)
    return start, end


HELLO, WELCOME, BATCH, RECEIPTS, NOT_NOW, REJECT = 1, 2, 3, 4, 5, 6
KINDS = {HELLO: "hello", WELCOME: "welcome", BATCH: "batch", RECEIPTS: "receipts",
         NOT_NOW: "not now", REJECT: "reject"}
REASONS = {1: "malformed", 2: "signature", 3: "speaker", 4: "recipient", 5: "equivocation"}


def kind(message):
    """What an answer is: "receipts", "not now", "reject speaker", ..."""
    if not message:
        return "nothing"
    number, start, end = next(fields(message))
    if number == REJECT:
        at = start
        while at < end:
            tag, at = _varint(message, at)
            value, at = _varint(message, at)
            if tag == 2 << 3:
                return "reject " + REASONS.get(value, str(value))
            if tag & 7 == 2:
                at += value
    if number == RECEIPTS and not any(n == 2 for n, _, _ in fields(message[start:end])):
        return "not now"
    return KINDS.get(number, str(number))


def flipped(data, start, bit=0):
    out = bytearray(data)
    out[start] ^= 1 << bit
    return bytes(out)


def until_answered(dealer, data, seconds=20.0):
    """Asks again while the province says "not now" or nothing."""
    until = time.monotonic() + seconds
    while True:
        answer = dealer.ask(data, 2)
        if kind(answer) not in ("not now", "nothing") or time.monotonic() > until:
            return answer
        time.sleep(0.2)
