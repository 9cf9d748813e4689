"""Read a file, and write a set of files whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ecgengine.errors import OutputError, OutputExistsError, UnreadableInputError


def read_bytes(path: str) -> bytes:
    """Read a file (`-` is standard input); raises UnreadableInputError saying what to do."""
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


def write_files(folder: Path, contents: Mapping[str, bytes], *, force: bool = False) -> list[Path]:
    """Write every file into `folder` (made when missing) or, on any failure, none of them.

    All contents are on disk under temporary names in that folder before the first one gets its
    own name; what was replaced comes back when a later step fails. Raises OutputExistsError when
    one is there already and `force` is not set, OutputError when the folder cannot be written.
    """
    targets = [folder / name for name in contents]
    for name, target in zip(contents, targets, strict=True):
        if not name or target.parent != folder or name in {".", ".."}:
            raise OutputError(f"{name!r} is not a plain file name: rename the input")
    made: list[Path] = []
    prepared: list[Path] = []
    try:
        made = _make_folder(folder)
        _refuse_existing(targets, force)
        for target, data in zip(targets, contents.values(), strict=True):
            temporary = _beside(target, "new")
            prepared.append(temporary)
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        _put_in_place(prepared, targets, force)
    except BaseException as error:
        for path in prepared:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir()
        if isinstance(error, OSError):
            raise OutputError(
                f"cannot write into {folder} ({error.strerror}): choose another folder with -o"
            ) from error
        raise
    return targets


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and its parents; give those that were not there, outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _refuse_existing(targets: list[Path], force: bool) -> None:
    for target in targets:
        if target.is_dir():
            raise OutputError(f"{target} is a folder: move it or choose another folder with -o")
        if not force and target.exists():
            raise OutputExistsError(f"{target} is there already: use --force to replace it")


def _put_in_place(prepared: list[Path], targets: list[Path], force: bool) -> None:
    """Give every prepared file its own name; undo all of it when one cannot have it."""
    placed: list[Path] = []
    kept: list[tuple[Path, Path]] = []
    try:
        for temporary, target in zip(prepared, targets, strict=True):
            _refuse_existing([target], force)
            if target.exists():
                old = _beside(target, "old")
                kept.append((old, target))
                target.replace(old)
            placed.append(target)
            temporary.replace(target)
    except BaseException:
        for target in placed:
            with suppress(OSError):
                target.unlink(missing_ok=True)
        for old, target in kept:
            with suppress(OSError):
                old.replace(target)
        raise
    for old, _ in kept:
        with suppress(OSError):
            old.unlink()


def _beside(target: Path, role: str) -> Path:
    """Name a temporary file of this process in the target's folder; short, whatever its name."""
    return target.with_name(f".ecgengine-{os.getpid()}-{abs(hash(target.name)):x}.{role}")
