from __future__ import annotations

from pathlib import Path

import pytest

from ecgengine.errors import OutputError, OutputExistsError
from ecgengine.running.files import write_files

TWO = {"a b é.csv": b"one", "b.json": b"two"}


def everything(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_writes_all_and_leaves_nothing_else(tmp_path: Path) -> None:
    paths = write_files(tmp_path / "new" / "deep", TWO)
    assert everything(tmp_path / "new" / "deep") == TWO
    assert [path.name for path in paths] == list(TWO)


def test_an_existing_output_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(b"old")
    with pytest.raises(OutputExistsError, match="--force"):
        write_files(tmp_path, TWO)
    assert everything(tmp_path) == {"b.json": b"old"}


def test_force_replaces(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_bytes(b"old")
    write_files(tmp_path, TWO, force=True)
    assert everything(tmp_path) == TWO


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_failure_while_placing_puts_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    before = {"a b é.csv": b"old", "other": b"x"}
    for name, data in before.items():
        (tmp_path / name).write_bytes(data)
    real = Path.replace

    def broken(self: Path, target: Path) -> Path:
        if target.name == "b.json":
            raise failure
        return real(self, target)

    monkeypatch.setattr(Path, "replace", broken)
    expected = OutputError if isinstance(failure, OSError) else KeyboardInterrupt
    with pytest.raises(expected):
        write_files(tmp_path, TWO, force=True)
    assert everything(tmp_path) == before


def test_a_failure_while_writing_removes_the_new_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_files(tmp_path / "new", TWO)
    assert not (tmp_path / "new").exists()


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(OutputError, match="-o"):
        write_files(tmp_path / "out", TWO)


def test_a_folder_in_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "b.json").mkdir()
    with pytest.raises(OutputError, match="folder"):
        write_files(tmp_path, TWO, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["b.json"]


@pytest.mark.parametrize("name", ["../up.csv", "", "..", "a/b.csv"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match="plain file name"):
        write_files(tmp_path / "out", {name: b""})
    assert list(tmp_path.iterdir()) == []
