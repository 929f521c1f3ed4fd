"""Makes a picture of a page small: few colours, and as tightly packed as zlib can."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_COLOURS = 256
STEPS = (8, 12, 16, 24, 32, 48)
"""How far apart the values of a colour are, tried one after the other: the finest that leaves few enough colours."""


def small(png: bytes) -> bytes:
    """Return a picture of eight bits a channel, without interlacing, with at most 256 colours."""
    width, height, channels, packed = _read(png)
    rows = list(_unfiltered(zlib.decompress(packed), width * channels, channels))
    pixels = [[row[at : at + 3] for at in range(0, len(row), channels)] for row in rows]
    nearest = _nearest({one for row in pixels for one in row})
    colours = sorted(set(nearest.values()))
    place = {one: colours.index(colour) for one, colour in nearest.items()}
    data = b"".join(b"\x00" + bytes(place[one] for one in row) for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", b"".join(colours)), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in chunks)


def _nearest(seen: set[bytes]) -> dict[bytes, bytes]:
    """Return for each colour one near to it, of few enough."""
    tried = ({one: bytes(min(255, round(value / step) * step) for value in one) for one in seen} for step in STEPS)
    return next(nearest for nearest in tried if len(set(nearest.values())) <= MOST_COLOURS)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _read(png: bytes) -> tuple[int, int, int, bytes]:
    """Return width, height, bytes a pixel, and what zlib has packed."""
    at, packed, header = len(SIGNATURE), b"", b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        header = body if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        at += length + 12
    width, height, _bits, colour = struct.unpack(">IIBB", header[:10])
    return width, height, {2: 3, 6: 4}[colour], packed


def _unfiltered(data: bytes, length: int, channels: int) -> Iterator[bytes]:
    """Yield each row as it was before it was filtered: https://www.w3.org/TR/png-3/#9Filter-types."""
    above = bytearray(length)
    for at in range(0, len(data), length + 1):
        kind, row = data[at], bytearray(data[at + 1 : at + 1 + length])
        for place in range(length):
            left = row[place - channels] if place >= channels else 0
            corner = above[place - channels] if place >= channels else 0
            row[place] = (row[place] + _guess(kind, left, above[place], corner)) % 256
        yield bytes(row)
        above = row


def _guess(kind: int, left: int, above: int, corner: int) -> int:
    match kind:
        case 0:
            return 0
        case 1:
            return left
        case 2:
            return above
        case 3:
            return (left + above) // 2
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))
