"""The `ecgengine` command: finds its subcommands, turns errors into exit codes."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from importlib import metadata

import click

from ecgengine.errors import EcgEngineError

COMMANDS = {
    "compare": "Compare stages on pages with truth.",
    "digitize": "Turn pictures of ECGs into calibrated leads.",
    "inspect": "Say what is on a page without reading its curves.",
    "models": "List, show and verify trained networks.",
    "plugins": "List plugins and show their options.",
    "score": "Compare a reading with the truth.",
    "synth": "Make pages with truth.",
    "train": "Train the networks that stages run.",
}
"""Subcommand to its one-line help, so that `--help` imports none of them."""


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"ecgengine.cli.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} has no click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(metadata.version("ecgengine"), prog_name="ecgengine")
@click.option("--debug", is_flag=True, help="Show tracebacks of errors.")
def cli(debug: bool) -> None:
    """Turn pictures of paper ECGs back into calibrated 12-lead time series.

    Exit codes: 0 ok, 1 unexpected, 2 usage, 3 input unreadable, 4 no ECG found, 5 below the
    asked quality, 6 part of a batch failed, 7 output exists, 8 cannot write, 9 plugin or
    configuration, 10 missing dependency or model, 130 interrupted.
    """
    if debug:
        os.environ["ECGENGINE_DEBUG"] = "1"


def report(error: BaseException) -> int:
    """Print an error to standard error in one sentence; give its exit code."""
    if os.environ.get("ECGENGINE_DEBUG"):
        traceback.print_exception(error)
    if isinstance(error, EcgEngineError):
        click.echo(f"ecgengine: {error}", err=True)
        return error.exit_code
    if isinstance(error, MemoryError):
        click.echo("ecgengine: not enough memory; try a smaller picture", err=True)
        return 1
    click.echo(
        f"ecgengine: unexpected {type(error).__name__}: {error}; "
        "run again with `ecgengine --debug` and report what it prints",
        err=True,
    )
    return 1


def main() -> None:
    """Run the command line and exit with its documented code."""
    _place_kernel_cache()
    try:
        code = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except KeyboardInterrupt:
        code = 130
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except Exception as error:
        code = report(error)
    if code == 130:
        click.echo("ecgengine: interrupted", err=True)
    sys.exit(code if isinstance(code, int) else 0)


def _place_kernel_cache() -> None:
    """Keep compiled kernels in the user's cache folder; numba reads this when it is imported."""
    if "NUMBA_CACHE_DIR" not in os.environ:
        import platformdirs

        version = metadata.version("ecgengine")
        os.environ["NUMBA_CACHE_DIR"] = platformdirs.user_cache_dir("ecgengine", version=version)
