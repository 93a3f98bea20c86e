"""Offices that write reports by hand: protobuf bytes, Merkle roots, signatures, batches.

What is signed here goes the way of a collector's batches: over CURVE, judged, committed,
receipted. libsodium (which the programs need anyway) signs through ctypes.
"""
import ctypes
import ctypes.util
import struct

import flow
import flow_raw
import wire

BATCH_BYTES = 48000
BATCH_ITEMS = 120


def _sodium():
    lib = ctypes.CDLL(ctypes.util.find_library("sodium") or "libsodium.so.23")
    if lib.sodium_init() < 0:
        raise OSError("sodium_init")
    return lib


SODIUM = _sodium()


class Key:
    """An Ed25519 key made of 32 bytes."""

    def __init__(self, seed):
        self._public = ctypes.create_string_buffer(32)
        self._secret = ctypes.create_string_buffer(64)
        SODIUM.crypto_sign_seed_keypair(self._public, self._secret, seed)
        self.public = self._public.raw

    def sign(self, digest):
        signature = ctypes.create_string_buffer(64)
        SODIUM.crypto_sign_detached(signature, None, digest, ctypes.c_ulonglong(len(digest)),
                                    self._secret)
        return signature.raw


# ---- protobuf, canonical: fields in order of their numbers, what says nothing is left out ----

def varint(n):
    out = bytearray()
    n &= (1 << 64) - 1
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def number(field, n):
    return varint(field << 3) + varint(n)


def signed(field, n):
    return number(field, (n << 1) ^ (n >> 63))


def data(field, b):
    return varint(field << 3 | 2) + varint(len(b)) + b


def text(field, s):
    return data(field, s.encode()) if s else b""


def maybe(pack, field, n):
    return pack(field, n) if n else b""


def pack_unit(field, unit):
    return data(field, text(1, unit[0]) + signed(2, unit[1]))


def pack_subject(s):
    return (maybe(number, 1, wire.KINDS.index(s["kind"]))
            + maybe(number, 2, wire.SCHEMES.index(s.get("scheme", "")))
            + text(3, s.get("id", "")) + text(4, s.get("issuer", "")) + text(5, s.get("name", ""))
            + text(6, s.get("sector", "")) + text(7, s.get("commune", ""))
            + maybe(number, 8, wire.STATES.index(s.get("state", ""))))


def pack_observation(place, o):
    no, b1, b2 = place
    value = o["state"] == wire.VALUE
    return data(15, number(1, no) + text(2, b1) + text(3, b2) + number(4, o["state"])
                + maybe(number, 5, o.get("qualifier")) + (signed(6, o["value"]) if value else b"")
                + (signed(7, o["upper"]) if value and "upper" in o else b"")
                + maybe(number, 8, o.get("stated"))
                + (signed(9, o["as_of"]) if "as_of" in o else b"")
                + text(10, o.get("population", "")) + text(11, o.get("text", "")))


def pack_report(unit, r, ident):
    return (number(1, 1) + data(2, ident) + pack_unit(3, unit) + text(4, r["form"])
            + number(5, r.get("form_version", 1)) + data(6, pack_subject(r["subject"]))
            + text(7, r["scheme"]) + text(8, r["period"])
            + number(9, wire.VINTAGES.index(r["vintage"]))
            + number(10, wire.CHANNELS.index(r["channel"])) + number(11, r["revision"])
            + (data(12, r["supersedes"]) if r.get("supersedes") else b"")
            + text(13, r.get("reason", "")) + number(14, r.get("catalogue", 1))
            + b"".join(pack_observation(p, r["cells"][p]) for p in sorted(r["cells"]))
            + data(17, text(1, "tay.csv")))


def pack_submission(unit, s, ident):
    return (number(1, 1) + data(2, ident) + pack_unit(3, unit) + text(4, s["scheme"])
            + text(5, s["period"]) + number(6, wire.VINTAGES.index(s["vintage"]))
            + maybe(number, 7, s.get("nothing"))
            + b"".join(data(8, text(1, f) + number(2, n)) for f, n in sorted(s["forms"].items()))
            + text(11, "Lò Văn Nam"))


def pack_withdrawal(unit, w, ident):
    return (number(1, 1) + data(2, ident) + pack_unit(3, unit) + data(4, w["about"])
            + text(7, "gửi nhầm") + number(8, 1) + text(12, w["scheme"]) + text(13, w["period"])
            + number(14, wire.VINTAGES.index(w["vintage"])))


PACK = {wire.ITEM_REPORT: pack_report, wire.ITEM_SUBMISSION: pack_submission,
        wire.ITEM_ANSWER: pack_withdrawal}


class Office:
    """One unit with its keys and its chain of batches."""

    def __init__(self, province, code, valid_from, rng):
        self.province, self.code = province, code
        self.unit = (code, valid_from)
        self.rng = rng
        self.key = Key(rng.randbytes(32))
        self.curve = flow_raw.new_curve()
        self.serial = self.batches = 0
        self.previous = bytes(32)
        self.dealer = None

    def enroll(self, valid_from):
        self.province.command("keys", "enroll", "enroll unit=%s valid_from=%s sign=%s curve=%s" % (
            self.code, valid_from, self.key.public.hex(), self.curve[0].decode()))

    def _id(self):
        self.serial += 1
        return (struct.pack(">Q", 0x0190000000007000 | self.serial & 0xfff)
                + bytes([0x80 | self.serial >> 12 & 0x3f]) + self.rng.randbytes(7))

    def send(self, items):
        """items: (kind, dict); each gets "hash". In as many batches as it takes."""
        bodies, size = [], 0
        for kind, what in items:
            body = PACK[kind](self.unit, what, self._id())
            what["hash"] = wire.hashed(wire.ITEM_DOMAIN[kind], body)
            if bodies and (size + len(body) > BATCH_BYTES or len(bodies) == BATCH_ITEMS):
                self._seal(bodies)
                bodies, size = [], 0
            bodies.append((kind, body))
            size += len(body) + 16
        if bodies:
            self._seal(bodies)

    def _seal(self, bodies):
        self.batches += 1
        root = wire.merkle_root([wire.hashed(wire.ITEM_DOMAIN[k], b) for k, b in bodies])
        header = (number(1, 1) + pack_unit(2, self.unit) + data(3, self.province.genesis)
                  + number(4, 1) + number(5, self.batches) + data(6, self.previous)
                  + number(7, len(bodies)) + data(8, root) + signed(9, 1750000000000))
        self.previous = wire.hashed(b"htx.batch.v1", header)
        batch = (data(1, header) + data(2, self.key.sign(self.previous))
                 + data(3, self.key.public)
                 + b"".join(data(4, number(1, k) + data(2, b)) for k, b in bodies))
        if self.dealer is None:
            self.dealer = flow_raw.Dealer(self.province, self.curve)
        answer = flow_raw.until_answered(self.dealer, data(3, batch))
        while flow_raw.kind(answer) == "receipts" and self._number(answer) != self.batches:
            answer = self.dealer.receive()  # one more to a batch that was asked about twice
        if flow_raw.kind(answer) != "receipts":
            raise flow.Failed("unit %s, batch %d: %s %r" % (
                self.code, self.batches, flow_raw.kind(answer), (answer or b"")[:300]))

    @staticmethod
    def _number(answer):
        """Of the batch that receipts belong to."""
        table = {4: ("receipts", {1: ("batch", {3: ("number", wire.VARINT)})})}
        return wire.read(table, answer)["receipts"]["batch"]["number"]

    def close(self):
        if self.dealer is not None:
            self.dealer.close()
            self.dealer = None
