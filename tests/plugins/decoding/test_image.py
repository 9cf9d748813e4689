from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ecgengine.data.page import Page
from ecgengine.errors import UnreadableInputError
from ecgengine_plugins.decoding.image import is_picture, read_pictures
from ecgengine_plugins.decoding.options import ReaderOptions

WIDTH, HEIGHT = 96, 72
GRADIENT = np.tile(np.linspace(0, 255, WIDTH).astype(np.uint8), (HEIGHT, 1))


def colors() -> np.ndarray:
    image = np.full((HEIGHT, WIDTH, 3), 255, dtype=np.uint8)
    image[:20, :30] = (200, 30, 40)
    image[50:, 60:] = (10, 20, 220)
    return image


def encoded(picture: Image.Image, form: str = "PNG", **more: Any) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, form, **more)
    return buffer.getvalue()


def read(data: bytes, name: str = "é x.png", **options: Any) -> list[Page]:
    return list(read_pictures(data, name, name.rsplit(".", 1)[0], ReaderOptions(**options)))


@pytest.mark.parametrize("form", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_come_through_unchanged(form: str) -> None:
    data = encoded(
        Image.fromarray(colors()), form, **({"lossless": True} if form == "WEBP" else {})
    )
    assert is_picture(data[:4096], "")
    (page,) = read(data)
    assert (page.name, page.path, page.number) == ("é x", "é x.png", 1)
    assert page.image.dtype == np.uint8
    np.testing.assert_array_equal(page.image, colors())


def test_jpeg() -> None:
    (page,) = read(encoded(Image.fromarray(colors()), "JPEG", quality=95))
    assert np.abs(page.image.astype(int) - colors()).mean() < 3


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "LA", "RGBA"])
def test_modes_become_rgb(mode: str) -> None:
    gray = np.where(GRADIENT > 127, 255, 0).astype(np.uint8)
    picture = Image.fromarray(gray).convert("RGB").convert(mode)
    (page,) = read(encoded(picture, "TIFF" if mode == "CMYK" else "PNG"))
    np.testing.assert_array_equal(page.image, np.repeat(gray[:, :, None], 3, axis=2))


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_cut(form: str) -> None:
    deep = GRADIENT.astype(np.uint16) * 257
    (page,) = read(encoded(Image.fromarray(deep), form))
    np.testing.assert_array_equal(page.image[:, :, 1], GRADIENT)


def test_transparent_parts_become_white() -> None:
    image = np.dstack([colors(), np.full((HEIGHT, WIDTH), 255, dtype=np.uint8)])
    image[30:40] = (0, 0, 0, 0)
    image[40:50, :, 3] = 128
    (page,) = read(encoded(Image.fromarray(image)))
    assert (page.image[30:40] == 255).all()
    np.testing.assert_array_equal(page.image[:20], colors()[:20])


def test_a_transparent_palette_color_becomes_white() -> None:
    picture = Image.fromarray(GRADIENT // 128).convert("P")
    picture.putpalette([0, 0, 0, 200, 10, 10])
    (page,) = read(encoded(picture, transparency=0))
    assert (page.image[:, 0] == 255).all()
    assert (page.image[:, -1] == (200, 10, 10)).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_orientation_is_undone(orientation: int, form: str) -> None:
    stored = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation](colors())
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.fromarray(np.ascontiguousarray(stored))
    more = {"tiffinfo": {0x0112: orientation}} if form == "TIFF" else {"exif": exif}
    (page,) = read(encoded(picture, form, dpi=(100, 200), **more))
    np.testing.assert_array_equal(page.image, colors())
    assert page.dpi == pytest.approx((200, 100) if orientation >= 5 else (100, 200), rel=1e-3)


def test_no_claim_is_no_dpi() -> None:
    (page,) = read(encoded(Image.fromarray(colors())))
    assert page.dpi is None


def test_every_page_of_a_tiff() -> None:
    pages = [Image.fromarray(np.full((HEIGHT, WIDTH), v, dtype=np.uint8)) for v in (10, 20, 30)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    found = read(data, "scan.tif")
    assert [page.name for page in found] == ["scan", "scan_p2", "scan_p3"]
    assert [page.number for page in found] == [1, 2, 3]
    assert [int(page.image[0, 0, 0]) for page in found] == [10, 20, 30]
    with pytest.raises(UnreadableInputError, match="3 pages"):
        read(data, "scan.tif", max_pages=2)


def test_only_the_first_frame_of_an_animation() -> None:
    frames = [Image.fromarray(np.full((HEIGHT, WIDTH, 3), v, dtype=np.uint8)) for v in (10, 200)]
    (page,) = read(encoded(frames[0], save_all=True, append_images=frames[1:]))
    assert (page.image == 10).all()


def png_of_size(width: int, height: int) -> bytes:
    """A PNG with an honest header and next to no pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return (
        signature
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


def test_a_huge_page_is_refused_by_its_header() -> None:
    with pytest.raises(UnreadableInputError, match=r"20000 x 20000 pixels.*max_megapixels"):
        read(png_of_size(20_000, 20_000))


def test_a3_at_600_dpi_is_within_the_limit() -> None:
    # Its pixels are missing, so it fails, but for that reason.
    with pytest.raises(UnreadableInputError, match="cut short"):
        read(png_of_size(9921, 7016))


def test_the_limit_can_be_changed() -> None:
    data = encoded(Image.fromarray(np.zeros((300, 400), dtype=np.uint8)))
    with pytest.raises(UnreadableInputError, match=r"limit of 0\.1 megapixels"):
        read(data, max_megapixels=0.1)
    assert len(read(data, max_megapixels=0.2)) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"hello, this is no picture", "not a PNG"),
        (encoded(Image.new("RGB", (1, 1))), "1 x 1 pixels"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "damaged"),
        (b"BM123", "damaged"),
        (b"II*\0\x08\0\0\0", "damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "not a PNG"),
    ],
)
def test_bad_input_ends_with_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableInputError, match=words) as caught:
        read(data)
    assert str(caught.value).startswith("é x.png ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
def test_a_truncated_file_is_refused(form: str) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), form)
    with pytest.raises(UnreadableInputError, match="damaged or cut short"):
        read(data[: len(data) // 2])


def test_what_it_takes_on() -> None:
    assert is_picture(b"junk", ".jpeg")
    assert not is_picture(b"junk", ".csv")
    assert not is_picture(b"%PDF-1.4", ".png")
