from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pytest
from PIL import Image

from ecgengine.data.page import Page
from ecgengine.errors import UnreadableInputError
from ecgengine_plugins.decoding.options import PdfOptions
from ecgengine_plugins.decoding.pdf import is_pdf, read_pdf


def two_pages() -> bytes:
    """Two 2 x 1 inch pages at 100 dpi, the first with a dark left half, the second white."""
    dark = np.full((100, 200, 3), 255, dtype=np.uint8)
    dark[:, :100] = (200, 10, 30)
    pages = [Image.fromarray(dark), Image.new("RGB", (200, 100), "white")]
    buffer = BytesIO()
    pages[0].save(buffer, "PDF", resolution=100, save_all=True, append_images=pages[1:])
    return buffer.getvalue()


def locked() -> bytes:
    """The smallest PDF whose standard security handler wants a password."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        b"<</Filter/Standard/V 1/R 2/P -44/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj" % number + content + b"endobj\n"
    table = b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % p for p in places)
    trailer = b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]>>\n"
    return body + table + trailer + b"startxref\n%d\n%%%%EOF" % len(body)


def huge() -> bytes:
    document = pdfium.PdfDocument.new()
    document.new_page(14400, 14400)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def read(data: bytes, **options: Any) -> list[Page]:
    return list(read_pdf(data, "a b.pdf", "a b", PdfOptions(**options)))


def test_every_page_at_300_dpi() -> None:
    first, second = read(two_pages())
    assert (first.name, second.name) == ("a b", "a b_p2")
    assert (first.number, second.number) == (1, 2)
    assert first.image.shape == (300, 600, 3)
    assert first.image.dtype == np.uint8
    assert first.dpi == (300, 300)
    # JPEG inside: colors come back nearly; red must stay red.
    assert np.abs(first.image[150, 100].astype(int) - (200, 10, 30)).max() < 12
    assert (second.image == 255).all()


def test_another_resolution() -> None:
    assert read(two_pages(), dpi=150)[0].image.shape == (150, 300, 3)


def test_recognizes_its_format() -> None:
    assert is_pdf(two_pages()[:4096], "")
    assert is_pdf(b"\n\n%PDF-1.7", ".png")
    assert not is_pdf(b"\x89PNG", ".png")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"%PDF-1.4 and then nothing", "damaged or not a PDF"),
        (locked(), "locked with a password"),
        (huge(), "60000 x 60000 pixels"),
    ],
)
def test_bad_input_ends_with_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableInputError, match=words) as caught:
        read(data)
    assert str(caught.value).startswith("a b.pdf ")
    assert "\n" not in str(caught.value)


def test_too_many_pages() -> None:
    with pytest.raises(UnreadableInputError, match="2 pages"):
        read(two_pages(), max_pages=1)
