"""XXH64 with seed 0, from its specification (xxhash_spec.md), for checking checksums. Slow."""
import struct

PRIME1, PRIME2, PRIME3 = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
PRIME4, PRIME5 = 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5
MASK = (1 << 64) - 1


def _rotate(value, bits):
    return (value << bits | value >> (64 - bits)) & MASK


def _round(lane, word):
    return _rotate((lane + word * PRIME2) & MASK, 31) * PRIME1 & MASK


def _stripes(data):
    a, b, c, d = (PRIME1 + PRIME2) & MASK, PRIME2, 0, -PRIME1 & MASK
    for w, x, y, z in struct.iter_unpack("<4Q", data[:len(data) // 32 * 32]):
        a, b, c, d = _round(a, w), _round(b, x), _round(c, y), _round(d, z)
    sum_of = (_rotate(a, 1) + _rotate(b, 7) + _rotate(c, 12) + _rotate(d, 18)) & MASK
    for lane in (a, b, c, d):
        sum_of = ((sum_of ^ _round(0, lane)) * PRIME1 + PRIME4) & MASK
    return sum_of


def xxh64(data):
    """The hexadecimal digits that `xxhsum -H64` prints."""
    sum_of = _stripes(data) if len(data) >= 32 else PRIME5
    sum_of = (sum_of + len(data)) & MASK
    at = len(data) // 32 * 32
    while len(data) - at >= 8:
        word, = struct.unpack_from("<Q", data, at)
        sum_of = (_rotate(sum_of ^ _round(0, word), 27) * PRIME1 + PRIME4) & MASK
        at += 8
    if len(data) - at >= 4:
        word, = struct.unpack_from("<I", data, at)
        sum_of = (_rotate(sum_of ^ word * PRIME1 & MASK, 23) * PRIME2 + PRIME3) & MASK
        at += 4
    for byte in data[at:]:
        sum_of = _rotate(sum_of ^ byte * PRIME5 & MASK, 11) * PRIME1 & MASK
    sum_of = (sum_of ^ sum_of >> 33) * PRIME2 & MASK
    sum_of = (sum_of ^ sum_of >> 29) * PRIME3 & MASK
    return f"{sum_of ^ sum_of >> 32:016x}"
