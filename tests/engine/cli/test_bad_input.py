"""Bad input as a user meets it: the documented code, one plain sentence, nothing half-written."""

from __future__ import annotations

import struct
import subprocess
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ecgengine.truth.sample import make_page

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SIMPLE = ("--rectifier", "grid", "--extractor", "column")


def encoded(image: object, format_: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.asarray(image, dtype=np.uint8)).save(buffer, format_)
    return buffer.getvalue()


def cat() -> bytes:
    """A soft natural picture: blobs of fur, two ears, eyes, whiskers, no regular lines."""
    random = np.random.default_rng(5)
    noise = [
        cv2.resize(random.random((n, n * 4 // 3, 3)).astype(np.float32), (1200, 900))
        for n in (4, 9, 31, 120)
    ]
    picture = sum(layer / 2**i for i, layer in enumerate(noise)) * 110
    picture = np.ascontiguousarray(picture.clip(0, 255).astype(np.uint8))
    cv2.ellipse(picture, (600, 480), (280, 240), 0, 0, 360, (150, 110, 70), -1)
    for side in (-1, 1):
        ear = np.array([[600 + side * 270, 150], [600 + side * 90, 290], [600 + side * 250, 380]])
        cv2.fillPoly(picture, [ear], (120, 85, 60))
        cv2.circle(picture, (600 + side * 110, 430), 38, (60, 160, 60), -1)
        cv2.circle(picture, (600 + side * 110, 430), 14, (5, 5, 5), -1)
        for y in (560, 590, 620):
            start, end = (600 + side * 60, 580), (600 + side * 330, y)
            cv2.line(picture, start, end, (235, 235, 235), 3)
    return encoded(cv2.GaussianBlur(picture, (0, 0), 2), "JPEG")


def huge_png() -> bytes:
    """20 000 x 20 000 black pixels in 50 kB."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    side = 20_000
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((side // 8 + 1) * side), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def locked_pdf() -> bytes:
    """The smallest PDF that wants a password."""
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


def truncated() -> bytes:
    return encoded(make_page(4.0).page.image, "JPEG")[:20_000]


CASES: dict[str, tuple[str, Callable[[], bytes], int, str]] = {
    "empty": ("empty.png", bytes, 3, "is empty"),
    "truncated": ("cut.jpg", truncated, 3, "cut short"),
    "cat": ("cat.jpg", cat, 4, "--px-per-mm"),
    "blank": ("blank.png", lambda: encoded(np.full((1700, 2200, 3), 255)), 4, "--px-per-mm"),
    "black": ("black.png", lambda: encoded(np.zeros((1700, 2200, 3))), 4, "--px-per-mm"),
    "one pixel": ("dot.png", lambda: encoded(np.full((1, 1, 3), 255)), 3, "too few"),
    "huge": ("huge.png", huge_png, 3, "20000 x 20000 pixels"),
    "password": ("locked.pdf", locked_pdf, 3, "password"),
    "text": ("notes.txt", lambda: b"12 leads of text", 3, "in no format that a reader knows"),
    "wrong suffix": ("notes.png", lambda: b"12 leads of text", 3, "notes.png is not a PNG"),
}


@pytest.mark.parametrize("case", CASES)
def test_bad_file(run: Run, tmp_path: Path, case: str) -> None:
    name, content, code, said = CASES[case]
    (tmp_path / name).write_bytes(content())
    done = run("digitize", name, "-o", "out")
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert done.stderr.startswith("ecgengine: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("folder", "folder is a folder; give its files"),
        ("nothing.png", "nothing.png cannot be read"),
    ],
)
def test_what_is_no_file(run: Run, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder").mkdir()
    done = run("digitize", name, "-o", "out")
    assert done.returncode == 3
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_name_with_spaces_and_accents(run: Run, tmp_path: Path, sample_png: bytes) -> None:
    folder = tmp_path / "Été 2026"
    folder.mkdir()
    (folder / "Zoë's ÉCG n° 1.png").write_bytes(sample_png)
    done = run("digitize", "Été 2026/Zoë's ÉCG n° 1.png", *SIMPLE, "-o", "mes résultats")
    assert done.returncode == 0, done.stderr
    written = {path.name for path in (tmp_path / "mes résultats").iterdir()}
    assert {"Zoë's ÉCG n° 1.csv", "Zoë's ÉCG n° 1.json", "Zoë's ÉCG n° 1_overlay.png"} <= written


def test_one_bad_page_never_stops_the_others(run: Run, tmp_path: Path, sample_png: bytes) -> None:
    (tmp_path / "bad.png").write_bytes(b"")
    (tmp_path / "blank.png").write_bytes(encoded(np.full((400, 600, 3), 255)))
    (tmp_path / "good.png").write_bytes(sample_png)
    files = ("bad.png", "blank.png", "good.png")
    done = run("digitize", *files, "-o", "out", "-f", "csv", *SIMPLE)
    assert done.returncode == 6
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.csv"]
    for name in ("bad.png", "blank"):
        assert f"ecgengine: {name}" in done.stderr


def test_failures_of_different_kinds_are_code_6(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"")
    (tmp_path / "blank.png").write_bytes(encoded(np.full((400, 600, 3), 255)))
    assert run("inspect", "bad.png", "blank.png").returncode == 6
    assert run("inspect", "bad.png", "bad.png").returncode == 3
