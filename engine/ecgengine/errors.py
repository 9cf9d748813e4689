"""Errors that end with what to do, each with its documented exit code (docs/errors.md)."""

from __future__ import annotations

from typing import ClassVar


class EcgEngineError(Exception):
    """Base of every error that the engine raises on purpose; `exit_code` is the command's."""

    exit_code: ClassVar[int] = 1


class UsageError(EcgEngineError):
    """The call itself is wrong: an unknown option, a value out of range."""

    exit_code = 2


class UnreadableInputError(EcgEngineError):
    """The input is not a picture, is broken, is locked, or is too large."""

    exit_code = 3


class NoEcgFoundError(EcgEngineError):
    """The picture was read, but no ECG, no grid or no scale was found on it."""

    exit_code = 4


class QualityError(EcgEngineError):
    """The result is below the quality that was asked for."""

    exit_code = 5


class BatchError(EcgEngineError):
    """Part of a batch failed; the rest was written."""

    exit_code = 6


class OutputExistsError(EcgEngineError):
    """An output is there already and `--force` was not given."""

    exit_code = 7


class OutputError(EcgEngineError):
    """An output cannot be written."""

    exit_code = 8


class PluginError(EcgEngineError):
    """A plugin is missing, broken, ambiguous, or raised; or a configuration is wrong."""

    exit_code = 9


class MissingDependencyError(EcgEngineError):
    """An optional dependency or a model file is not there."""

    exit_code = 10
