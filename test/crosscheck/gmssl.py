"""What GmSSL makes of what it is given: a JSON array of an operation and hex texts a line, hex or a word a line back.

It knows the formats by their description (docs/cryptography.md) and shares no code with the gateway.
"""

import base64
import json
import sys

import gmssl_pyx as gm

BLOCK = 64
PIECE = 65536


def hmac(key, data):
    """RFC 2104; GmSSL's own takes no key of more than a block."""
    if len(key) > BLOCK:
        key = gm.sm3_hash(key)
    key = key.ljust(BLOCK, b"\0")
    inner = gm.sm3_hash(bytes(b ^ 0x36 for b in key) + data)
    return gm.sm3_hash(bytes(b ^ 0x5C for b in key) + inner)


def derived(key, info, length):
    """RFC 5869 without salt."""
    secret = hmac(bytes(32), key)
    block, out, count = b"", b"", 0
    while len(out) < length:
        count += 1
        block = hmac(secret, block + info + bytes([count]))
        out += block
    return out[:length]


def counted(key, counter, data):
    """Counter mode both ways; GmSSL's own takes no message of no bytes."""
    return gm.sm4_ctr_encrypt(key, counter, data) if data else b""


def encrypted_block(key, block):
    """The first block of the key stream is the counter, encrypted."""
    return gm.sm4_ctr_encrypt(key, block, bytes(16))


def seal_tag(key, associated, sealed):
    return hmac(derived(key, b"onecard seal mac", 32), len(associated).to_bytes(8, "big") + associated + sealed)


def seal(key, nonce, plain, associated):
    sealed = nonce + counted(derived(key, b"onecard seal cipher", 16), nonce, plain)
    return sealed + seal_tag(key, associated, sealed)


def opened(key, sealed, associated):
    body, tag = sealed[:-32], sealed[-32:]
    if seal_tag(key, associated, body) != tag:
        return b"does not open"
    return counted(derived(key, b"onecard seal cipher", 16), body[:16], body[16:])


def wrapped(key, inner):
    """RFC 3394 clause 2.2.1 over SM4."""
    key = derived(key, b"onecard wrap", 16)
    first = b"\xa6" * 8
    halves = [inner[at : at + 8] for at in range(0, len(inner), 8)]
    for turn in range(6):
        for at, half in enumerate(halves):
            out = encrypted_block(key, first + half)
            step = len(halves) * turn + at + 1
            first = (int.from_bytes(out[:8], "big") ^ step).to_bytes(8, "big")
            halves[at] = out[8:]
    return first + b"".join(halves)


def integer(number):
    body = number.lstrip(b"\0") or b"\0"
    if body[0] & 0x80:
        body = b"\0" + body
    return b"\x02" + bytes([len(body)]) + body


def to_der(raw):
    body = integer(raw[:32]) + integer(raw[32:])
    return b"\x30" + bytes([len(body)]) + body


def to_raw(der):
    at, out = 2, b""
    for _ in range(2):
        length = der[at + 1]
        out += der[at + 2 : at + 2 + length].lstrip(b"\0").rjust(32, b"\0")
        at += 2 + length
    return out


def signed(private, public, identity, message):
    return to_raw(gm.sm2_sign(private, public, message, identity))


def verified(public, identity, message, raw):
    return b"\1" if gm.sm2_verify(public, message, to_der(raw), identity) else b"\0"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def jws(private, public, payload):
    text = base64url(b'{"alg":"SGD_SM3_SM2"}') + b"." + base64url(payload)
    return text + b"." + base64url(signed(private, public, gm.SM2_DEFAULT_SIGNER_ID, text))


def jws_payload(public, compact):
    head, body, signature = compact.split(b".")
    padded = [base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) for part in (head, body, signature)]
    if json.loads(padded[0])["alg"] != "SGD_SM3_SM2":
        return b"another algorithm"
    good = verified(public, gm.SM2_DEFAULT_SIGNER_ID, head + b"." + body, padded[2])
    return padded[1] if good == b"\1" else b"not signed"


def encrypted(public, message):
    """C1 || C3 || C2 out of the DER of GM/T 0009, which GmSSL writes."""
    return to_raw_ciphertext(gm.sm2_encrypt(public, message))


def decrypted(private, _public, ciphertext):
    return gm.sm2_decrypt(private, to_der_ciphertext(ciphertext))


def element(tag, body):
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def elements(data):
    at, out = 0, []
    while at < len(data):
        length, at = data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        out.append(data[at : at + length])
        at += length
    return out


def to_der_ciphertext(raw):
    x, y, digest, body = raw[1:33], raw[33:65], raw[65:97], raw[97:]
    return element(0x30, integer(x) + integer(y) + element(0x04, digest) + element(0x04, body))


def to_raw_ciphertext(der):
    x, y, digest, body = elements(elements(der)[0])
    whole = [part.lstrip(b"\0").rjust(32, b"\0") for part in (x, y)]
    return b"\x04" + whole[0] + whole[1] + digest + body


def binding(head, number, is_last):
    return gm.sm3_hash(head) + number.to_bytes(8, "big") + (b"\1" if is_last else b"\0")


def sealed_file(public, content):
    key = bytes(range(32))
    kid = "sm3:" + gm.sm3_hash(public).hex()
    own = base64url(encrypted(public, key)).decode()
    names = {"format": "onecard-sealed-file/1", "digest": "SM3", "key": "SM2-encryption", "seal": "SM4-CTR-HMAC-SM3"}
    text = json.dumps({**names, "recipients": [{"kid": kid, "key": own}]}, separators=(",", ":"))
    out = head = text.encode() + b"\n"
    pieces = [content[at : at + PIECE] for at in range(0, len(content), PIECE)] or [b""]
    for number, piece in enumerate(pieces):
        nonce = gm.sm3_hash(key + number.to_bytes(8, "big"))[:16]
        out += seal(key, nonce, piece, binding(head, number, number + 1 == len(pieces)))
    return out


def opened_file(private, public, file):
    end = file.index(b"\n") + 1
    head, rest = file[:end], file[end:]
    (mine,) = [each for each in json.loads(head)["recipients"] if each["kid"] == "sm3:" + gm.sm3_hash(public).hex()]
    key = decrypted(private, public, base64.urlsafe_b64decode(mine["key"] + "=="))
    whole = PIECE + 48
    pieces = [rest[at : at + whole] for at in range(0, len(rest), whole)]
    return b"".join(
        opened(key, piece, binding(head, number, number + 1 == len(pieces))) for number, piece in enumerate(pieces)
    )


OPERATIONS = {
    "encrypt": encrypted,
    "decrypt": decrypted,
    "seal-file": sealed_file,
    "open-file": opened_file,
    "sm3": gm.sm3_hash,
    "hmac": hmac,
    "ctr": counted,
    "seal": seal,
    "open": opened,
    "wrap": wrapped,
    "sign": signed,
    "verify": verified,
    "jws": jws,
    "jws-payload": jws_payload,
}

for line in sys.stdin:
    operation, *given = json.loads(line)
    print(OPERATIONS[operation](*map(bytes.fromhex, given)).hex())
