"""Options of a plugin: a frozen, typed model whose fields carry their own help and limits."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """Base of every plugin's option model.

    Declare fields as `smoothness: float = Field(0.3, ge=0, description="...")`. Unknown names and
    values out of range are refused with a message that lists what there is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoOptions(Options):
    """The model of a plugin that has nothing to set."""


class DatasetOptions(Options):
    """Base of a dataset's option model."""

    which: str = Field(
        default="", description="what stands behind the colon of --dataset NAME:WHICH"
    )
