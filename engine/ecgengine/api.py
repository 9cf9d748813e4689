"""The engine as a Python call; the command line does nothing that this cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecgengine.data.recording import Recording
    from ecgengine.running.pipeline import Pipeline


def digitize(path: str | Path, *, page: int = 1, **settings: Any) -> Recording:
    """Digitize one page of a file.

    Args:
        path: a picture or PDF.
        page: page number, from 1.
        settings: see `make_pipeline`, for example `extractor="viterbi"`, `layout="3x4+1"`,
            `options={"viterbi": {"rounds": 4}}`.

    Raises:
        UnreadableInputError: the file is no readable picture, or has no such page.
        NoEcgFoundError: no ECG, or no scale, was found on the page.
        PluginError: a stage is missing or failed.
    """
    from ecgengine.errors import UnreadableInputError

    pipeline = make_pipeline(**settings)
    for found in pipeline.read(read_bytes(str(path)), str(path), Path(path).stem):
        if found.number == page:
            return pipeline.digitize(found).recording
    raise UnreadableInputError(f"{path} has no page {page}; pages count from 1")


def digitize_pages(
    path: str | Path, *, every_sheet: bool = False, **settings: Any
) -> Iterator[Recording]:
    """Digitize every page of a file, one recording each; settings and errors as in `digitize`.

    With `every_sheet` a picture of several sheets gives a recording of each, the largest first.
    """
    pipeline = make_pipeline(**settings)
    for page in pipeline.read(read_bytes(str(path)), str(path), Path(path).stem):
        found = pipeline.digitize(page)
        yield found.recording
        for index in range(1, 1 + found.sheet.others if every_sheet else 1):
            yield pipeline.of_sheet(index).digitize(page.of_sheet(index)).recording


def make_pipeline(
    *,
    source: str | None = None,
    px_per_mm: float | tuple[float, float] | None = None,
    layout: str | None = None,
    rhythm: Sequence[str] | None = None,
    gain_mm_per_mv: float | None = None,
    speed_mm_per_s: float | None = None,
    fs_hz: float = 500.0,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    plugin_files: Sequence[Path] = (),
    strict_plugins: bool = False,
    **stages: str | None,
) -> Pipeline:
    """Build a pipeline from plain settings.

    Args:
        source: what kind of picture it is (`render`, `bw-scan`, ...); None asks the classifier.
        px_per_mm: pixels per millimeter, one number or (x, y); None measures the grid.
        layout: layout name; None finds it.
        rhythm: names of the rhythm strips, top to bottom.
        gain_mm_per_mv: millimeters per millivolt; None reads the page.
        speed_mm_per_s: millimeters per second; None reads the page.
        fs_hz: samples per second of the result.
        options: plugin options by stage kind or plugin name.
        plugin_files: local plugin modules.
        strict_plugins: refuse to work beside a broken plugin.
        stages: plugin name by stage kind, such as `extractor="column"`.

    Raises:
        UsageError: an unknown setting or a value out of range.
        PluginError: a plugin is missing or broken.
    """
    from ecgengine.data.hints import Hints
    from ecgengine.data.source import Source
    from ecgengine.errors import UsageError
    from ecgengine.plugins.manager import KINDS, MANY_AT_ONCE, PluginManager, only_plugins
    from ecgengine.running.pipeline import Pipeline

    unknown = set(stages) - (set(KINDS) - MANY_AT_ONCE)
    if unknown:
        raise UsageError(f"there is no setting called {', '.join(sorted(unknown))}")
    for name, value in (
        ("gain", gain_mm_per_mv),
        ("speed", speed_mm_per_s),
        ("fs", fs_hz),
    ):
        if value is not None and not 0 < value < 1e5:
            raise UsageError(f"{name} is {value:g}; it must be a positive number")
    if source is not None and source not in list(Source):
        raise UsageError(f"no source is called '{source}'; there are: {', '.join(Source)}")
    scale = (px_per_mm, px_per_mm) if isinstance(px_per_mm, (int, float)) else px_per_mm
    if scale is not None and not all(0 < value < 1000 for value in scale):
        raise UsageError("px-per-mm must be a positive number, or two: X,Y")
    manager = PluginManager(plugin_files, strict=strict_plugins, only=only_plugins())
    if layout is not None:
        manager.select("layout", layout)
    choices = {kind: name for kind, name in stages.items() if name is not None}
    known_source = None if source is None else Source(source)
    named = {kind: (name,) for kind, name in choices.items()}
    manager.check(options or {}, named, known_source)
    hints = Hints(
        px_per_mm=scale,
        layout=layout,
        rhythm=None if rhythm is None else tuple(rhythm),
        gain_mm_per_mv=gain_mm_per_mv,
        speed_mm_per_s=speed_mm_per_s,
        fs_hz=float(fs_hz),
    )
    return Pipeline(
        manager,
        hints,
        source=known_source,
        choices=choices,
        options=options or {},
    )


def read_bytes(path: str) -> bytes:
    """Read a file (`-` is standard input); raises UnreadableInputError saying what to do."""
    import sys

    from ecgengine.errors import UnreadableInputError

    if path == "-":
        return sys.stdin.buffer.read()
    if Path(path).is_dir():
        raise UnreadableInputError(f"{path} is a folder; give its files, such as {path}/*.png")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UnreadableInputError(
            f"{path} cannot be read ({error.strerror}); check the name and its permissions"
        ) from error
