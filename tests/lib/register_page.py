"""A unit's page of the register as the province sends it, for tests without a province.

    write(state, unit, valid_from, unit_name, entities)

entities: dicts with kind, scheme, id, name, sector, commune, state, reports; a report:
(form, version, scheme, period, vintage, [(indicator, b1, b2, value)]). The messages are
those of htx.proto; protobuf is simple enough to be written by hand.
"""
import datetime
import os

KINDS = {"unit": 1, "htx": 2, "tht": 3, "lhhtx": 4, "qtdnd": 5}
SCHEMES = {"": 0, "tax": 1, "certificate": 2, "register": 3}
STATES = {"": 0, "active": 1, "suspended": 2, "stopped": 3, "dissolved": 4}
VINTAGES = {"plan": 1, "estimate": 2, "actual": 3}


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def number(field, n):
    return varint(field << 3) + varint(n)


def signed(field, n):
    return number(field, (n << 1) ^ (n >> 63) & (1 << 64) - 1)


def data(field, value):
    if isinstance(value, str):
        value = value.encode()
    return varint(field << 3 | 2) + varint(len(value)) + value


def days(iso):
    return (datetime.date.fromisoformat(iso) - datetime.date(1970, 1, 1)).days


def subject(s):
    out = number(1, KINDS[s["kind"]])
    if s.get("scheme"):
        out += number(2, SCHEMES[s["scheme"]])
    for field, key in ((3, "id"), (4, "issuer"), (5, "name"), (6, "sector"), (7, "commune")):
        if s.get(key):
            out += data(field, s[key])
    if s.get("state"):
        out += number(8, STATES[s["state"]])
    return out


def observation(indicator, b1, b2, value):
    out = number(1, indicator)
    for field, code in ((2, b1), (3, b2)):
        if code:
            out += data(field, code)
    return out + number(4, 1) + signed(6, value)


def past(form, version, scheme, period, vintage, values):
    out = data(1, form) + number(2, version) + data(3, scheme) + data(4, period)
    out += number(5, VINTAGES[vintage]) + number(6, 1)
    return out + b"".join(data(7, observation(*v)) for v in values)


def page(unit, valid_from, entities):
    out = number(1, 1) + data(2, data(1, unit) + signed(2, days(valid_from)))
    out += number(3, 1) + number(4, 77)
    for e in entities:
        body = data(1, subject(e)) + b"".join(data(3, past(*r)) for r in e.get("reports", ()))
        out += data(5, body)
    return out


def write(state, unit, valid_from, unit_name, entities):
    folder = os.path.join(state, "register")
    os.makedirs(folder, exist_ok=True)
    own = {"kind": "unit", "name": unit_name}
    path = os.path.join(folder, unit + ".page")
    with open(path, "wb") as f:
        f.write(page(unit, valid_from, [own] + list(entities)))
    return path
