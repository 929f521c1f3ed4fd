"""Pictures made small: what is seen stays, whatever way they were packed."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.playground.small_png import SIGNATURE, _chunk, _read, small

RED, WHITE, NIGHT = b"\xf0\x00\x00", b"\xf0\xf0\xf0", b"\x00\x00\x18"


def png(rows: list[bytes], width: int, colour: int) -> bytes:
    """Return a picture whose rows each begin with the number of their filter."""
    header = struct.pack(">IIBBBBB", width, len(rows), 8, colour, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(kind, body) for kind, body in parts)


def seen(picture: bytes) -> list[list[bytes]]:
    """Return the colours of a small picture, row by row."""
    width, height = struct.unpack(">II", picture[16:24])
    palette = picture.partition(b"PLTE")[2]
    (length,) = struct.unpack(">I", picture.partition(b"IDAT")[0][-4:])
    data = zlib.decompress(picture.partition(b"IDAT")[2][:length])
    rows = [data[at + 1 : at + 1 + width] for at in range(0, height * (width + 1), width + 1)]
    return [[palette[3 * place : 3 * place + 3] for place in row] for row in rows]


@pytest.mark.parametrize(
    "second",
    [
        b"\x00" + NIGHT + RED + WHITE,
        b"\x01" + NIGHT + b"\xf0\x00\xe8" + b"\x00\xf0\xf0",
        b"\x02" + b"\x10\x00\x18" + b"\x00\x10\x10" + b"\x00\x00\x00",
        b"\x03" + b"\x88\x00\x18" + b"\x78\x88\x7c" + b"\x00\x78\x78",
        b"\x04" + b"\x10\x00\x18" + b"\xf0\x10\x10" + b"\x00\xf0\xf0",
    ],
    ids=["none", "sub", "up", "average", "paeth"],
)
def test_every_filter_is_understood(second: bytes) -> None:
    """Whichever of the five filters a row was packed with, it is shown as it was."""
    picture = small(png([b"\x00" + RED + WHITE + WHITE, second], 3, 2))

    assert seen(picture) == [[RED, WHITE, WHITE], [NIGHT, RED, WHITE]]


@given(st.integers(1, 60), st.integers(1, 60), st.randoms(use_true_random=False))
def test_it_looks_the_same(width: int, height: int, chance: object) -> None:
    """However many colours there are, each is shown by one near to it, and there are at most 256."""
    rows = [b"\x00" + chance.randbytes(width * 4) for _ in range(height)]  # type: ignore[attr-defined]
    picture = small(png(rows, width, 6))

    shown = seen(picture)
    assert len({one for row in shown for one in row}) <= 256
    for row, new in zip(rows, shown, strict=True):
        for place, colour in enumerate(new):
            assert max(abs(a - b) for a, b in zip(row[1 + 4 * place :], colour, strict=False)) <= 32
    assert _read(png(rows, width, 6))[:3] == (width, height, 4)
