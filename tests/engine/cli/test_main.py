"""The command as a whole: help, light start, errors and exit codes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable

import click
import pytest

from ecgengine import errors
from ecgengine.cli import main

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_help_names_every_command(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    for command in main.COMMANDS:
        assert command in done.stdout
        assert run(command, "--help").returncode == 0


@pytest.mark.parametrize("arguments", [["--help"], ["plugins", "list"], ["plugins", "show", "pdf"]])
def test_what_only_tells_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; from ecgengine.cli.main import cli\n"
        f"cli.main({arguments!r}, standalone_mode=False)\n"
        "heavy = {'numpy', 'cv2', 'numba', 'PIL', 'pypdfium2'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr


def test_a_wrong_call_is_code_2(run: Run) -> None:
    for arguments in (["nonsense"], ["digitize"], ["inspect", "--nonsense", "x"]):
        done = run(*arguments)
        assert done.returncode == 2
        assert done.stdout == ""
        assert "Usage" in done.stderr


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (errors.EcgEngineError("x; do y"), 1, "ecgengine: x; do y\n"),
        (errors.UsageError("x"), 2, "ecgengine: x\n"),
        (errors.UnreadableInputError("x"), 3, "ecgengine: x\n"),
        (errors.NoEcgFoundError("x"), 4, "ecgengine: x\n"),
        (errors.QualityError("x"), 5, "ecgengine: x\n"),
        (errors.BatchError("x"), 6, "ecgengine: x\n"),
        (errors.OutputExistsError("x"), 7, "ecgengine: x\n"),
        (errors.OutputError("x"), 8, "ecgengine: x\n"),
        (errors.PluginError("x"), 9, "ecgengine: x\n"),
        (errors.MissingDependencyError("x"), 10, "ecgengine: x\n"),
        (KeyError("x"), 1, "unexpected KeyError: 'x'; run again with `ecgengine --debug`"),
        (MemoryError(), 1, "not enough memory"),
        (KeyboardInterrupt(), 130, "ecgengine: interrupted"),
        (click.exceptions.Abort(), 130, "ecgengine: interrupted"),
    ],
)
def test_every_error_has_its_code_and_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    said: str,
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise raised

    monkeypatch.setattr(main.cli, "main", fail)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == code
    shown = capsys.readouterr()
    assert said in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""


def test_an_interrupt_is_code_130() -> None:
    waiting = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "ecgengine", "digitize", "-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert waiting.stderr is not None
    # The debug pictures are imported last, just before standard input is waited for.
    while b"ecgengine.running.debug_pictures" not in waiting.stderr.readline():
        assert waiting.poll() is None
    waiting.send_signal(signal.SIGINT)
    said = waiting.communicate()[1]
    assert waiting.returncode == 130
    assert said.endswith(b"ecgengine: interrupted\n")
    assert b"Traceback" not in said


def test_debug_shows_the_traceback(run: Run) -> None:
    assert "Traceback" in run("--debug", "plugins", "show", "nothing").stderr
    assert "Traceback" not in run("plugins", "show", "nothing").stderr


def test_kernels_are_cached_in_the_user_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    main._place_kernel_cache()
    assert "ecgengine" in main.os.environ["NUMBA_CACHE_DIR"]
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/given")
    main._place_kernel_cache()
    assert main.os.environ["NUMBA_CACHE_DIR"] == "/given"
