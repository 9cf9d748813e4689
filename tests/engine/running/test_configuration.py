"""The configuration file: where it is found and what it may hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecgengine.errors import PluginError
from ecgengine.running.configuration import Config, read_config

TEXT = """
[select]
extractor = "column"

[options.extractor]
smoothness = 0.3
"""
EXPECTED = Config({"extractor": "column"}, {"extractor": {"smoothness": 0.3}})


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ECGENGINE_CONFIG", raising=False)
    monkeypatch.setattr("platformdirs.user_config_dir", lambda name: str(tmp_path / name))
    return tmp_path


def write(path: Path, text: str = TEXT) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_no_file_says_nothing(home: Path) -> None:
    assert read_config() == Config()


def test_the_named_file_goes_before_the_variable_and_the_user_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home / "ecgengine" / "config.toml")
    assert read_config() == EXPECTED
    other = write(home / "other.toml", '[select]\nsegmenter = "ink"\n')
    monkeypatch.setenv("ECGENGINE_CONFIG", str(other))
    assert read_config() == Config({"segmenter": "ink"})
    assert read_config(write(home / "named.toml")) == EXPECTED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[select", "no readable configuration"),
        ("[selekt]\nx = 1", "unknown entries .selekt."),
        ("[select]\nextractor = 3", "does not fit"),
        ("[options]\nextractor = 3", "does not fit"),
        ("select = 3", "does not fit"),
        ('layout_files = "ward.toml"', "layout_files is a list"),
        ("layout_files = [3]", "layout_files is a list"),
        ("options = 3", "does not fit"),
        ('[select]\nextracter = "column"', "no stage kind is called 'extracter'"),
    ],
)
def test_a_faulty_file_is_named_with_what_is_wrong(home: Path, text: str, message: str) -> None:
    file = write(home / "named.toml", text)
    with pytest.raises(PluginError, match=message) as caught:
        read_config(file)
    assert str(file) in str(caught.value)


def test_layout_files_are_seen_from_the_folder_of_the_file(home: Path) -> None:
    file = write(home / "hospital" / "named.toml", 'layout_files = ["a.toml", "/etc/b.toml"]')
    assert read_config(file).layout_files == (home / "hospital" / "a.toml", Path("/etc/b.toml"))


def test_a_named_file_must_exist(home: Path) -> None:
    with pytest.raises(PluginError, match="no readable configuration"):
        read_config(home / "missing.toml")
