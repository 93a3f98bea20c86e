"""The signed bytes: protobuf by the field numbers of proto/htx.proto, BLAKE2b with a domain
in front, Merkle trees in the shape of RFC 6962. Nothing here knows what a figure means."""
import hashlib

VARINT, BYTES, TEXT, SINT, MESSAGE = range(5)

# field number: (name, how to read it, is it repeated or a message's own table)
UNIT = {1: ("code", TEXT), 2: ("valid_from", SINT)}
SUBJECT = {1: ("kind", VARINT), 2: ("scheme", VARINT), 3: ("id", TEXT), 4: ("issuer", TEXT),
           5: ("name", TEXT), 6: ("sector", TEXT), 7: ("commune", TEXT), 8: ("state", VARINT)}
OBSERVATION = {1: ("indicator", VARINT), 2: ("b1", TEXT), 3: ("b2", TEXT), 4: ("state", VARINT),
               5: ("qualifier", VARINT), 6: ("value", SINT), 7: ("upper", SINT),
               8: ("stated", VARINT), 9: ("as_of", SINT), 10: ("population", TEXT),
               11: ("text", TEXT), 12: ("cell", TEXT)}
NAMED_TEXT = {1: ("key", TEXT), 2: ("text", TEXT)}
REPORT = {1: ("version", VARINT), 2: ("id", BYTES), 3: ("unit", UNIT), 4: ("form", TEXT),
          5: ("form_version", VARINT), 6: ("subject", SUBJECT), 7: ("scheme", TEXT),
          8: ("period", TEXT), 9: ("vintage", VARINT), 10: ("channel", VARINT),
          11: ("revision", VARINT), 12: ("supersedes", BYTES), 13: ("reason", TEXT),
          14: ("catalogue", VARINT), 15: ("observations", OBSERVATION, True),
          16: ("texts", NAMED_TEXT, True)}
FORM_ROWS = {1: ("form", TEXT), 2: ("rows", VARINT)}
SUBMISSION = {1: ("version", VARINT), 2: ("id", BYTES), 3: ("unit", UNIT), 4: ("scheme", TEXT),
              5: ("period", TEXT), 6: ("vintage", VARINT), 7: ("nothing", VARINT),
              8: ("forms", FORM_ROWS, True)}
ANSWER = {1: ("version", VARINT), 2: ("id", BYTES), 3: ("unit", UNIT), 4: ("about", BYTES),
          5: ("finding", TEXT), 7: ("text", TEXT), 8: ("withdraw", VARINT),
          12: ("scheme", TEXT), 13: ("period", TEXT), 14: ("vintage", VARINT)}
ITEM = {1: ("kind", VARINT), 2: ("body", BYTES)}
HEADER = {1: ("version", VARINT), 2: ("unit", UNIT), 3: ("recipient", BYTES),
          4: ("epoch", VARINT), 5: ("number", VARINT), 6: ("previous", BYTES),
          7: ("count", VARINT), 8: ("root", BYTES), 9: ("sealed_at", VARINT)}
BATCH = {1: ("header", BYTES), 2: ("signature", BYTES), 3: ("signer", BYTES),
         4: ("items", ITEM, True)}
ENVELOPE = {3: ("batch", BATCH)}
LEAF = {1: ("item_hash", BYTES), 2: ("unit", UNIT), 3: ("id", BYTES), 4: ("epoch", VARINT),
        5: ("seq", VARINT), 6: ("verdict", VARINT), 7: ("catalogue", VARINT),
        8: ("findings_hash", BYTES), 9: ("late", VARINT), 10: ("duplicate_of", BYTES),
        11: ("kind", VARINT)}
STATEMENT = {1: ("version", VARINT), 2: ("province", BYTES), 3: ("epoch", VARINT),
             4: ("number", VARINT), 5: ("first_seq", VARINT), 6: ("last_seq", VARINT),
             7: ("root", BYTES), 8: ("previous", BYTES)}

ITEM_REPORT, ITEM_SUBMISSION, ITEM_ANSWER = 1, 2, 3
ITEM_DOMAIN = {ITEM_REPORT: b"htx.report.v1", ITEM_SUBMISSION: b"htx.submission.v1",
               ITEM_ANSWER: b"htx.answer.v1"}
ITEM_TABLE = {ITEM_REPORT: REPORT, ITEM_SUBMISSION: SUBMISSION, ITEM_ANSWER: ANSWER}
ACCEPTED, WARNINGS, HELD, REFUSED, CONFLICT = 1, 2, 3, 4, 5
VINTAGES = ["", "plan", "estimate", "actual"]
CHANNELS = ["", "territorial", "sectoral", "on_behalf", "earlier"]
KINDS = ["", "unit", "htx", "tht", "lhhtx", "qtdnd"]
STATES = ["", "active", "suspended", "stopped", "dissolved"]
SCHEMES = ["", "tax", "certificate", "register"]
VALUE, NIL, NOT_APPLICABLE, NOT_AVAILABLE, NOT_TOLD = 1, 2, 3, 4, 5


class Damaged(Exception):
    """Bytes that are not what they should be."""


def _varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Damaged("varint at %d" % at)
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def read(table, data):
    """A message as a dict; what is absent has no key. int64 is two's complement."""
    out, at = {}, 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(data, at)
        elif kind == 2:
            size, at = _varint(data, at)
            value, at = data[at:at + size], at + size
            if at > len(data):
                raise Damaged("field %d is cut off" % number)
        else:
            raise Damaged("wire type %d" % kind)
        if number not in table:
            continue
        name, how, *many = table[number]
        if how == SINT:
            value = (value >> 1) ^ -(value & 1)
        elif how == TEXT:
            value = value.decode("utf-8")
        elif isinstance(how, dict):
            value = read(how, value)
        if many:
            out.setdefault(name, []).append(value)
        else:
            out[name] = value
    return out


def hashed(domain, *parts):
    h = hashlib.blake2b(digest_size=32)
    h.update(domain + b"\0")
    for p in parts:
        h.update(p)
    return h.digest()


def merkle_root(leaves):
    """RFC 6962: the left part is the largest power of two below the count."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashed(b"htx.node.v1", merkle_root(leaves[:half]), merkle_root(leaves[half:]))
