"""Options of the trainers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ecgengine.plugins.options import Options


class TrainingOptions(Options):
    """What every training needs to be told; the defaults are those of the shipped weights."""

    data: str = Field(
        default="synthetic",
        description="synthetic, or a folder that `ecgengine synth --masks` made",
    )
    records: str = Field(
        default="", description="folder of records for half of the synthetic pages; empty for none"
    )
    begin: str = Field(
        default="",
        description="weights to begin with (.safetensors): those of equal name and shape",
    )
    steps: int = Field(default=5000, ge=1, description="training steps")
    batch: int = Field(default=16, ge=1, description="samples a step")
    learning_rate: float = Field(default=3e-3, gt=0, description="highest learning rate")
    seed: int = Field(default=1, ge=0, description="seed of pages, samples and first weights")
    workers: int = Field(default=2, ge=0, description="processes that make pages")
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="where to train")
    bf16: bool = Field(default=True, description="compute in bfloat16 where it is fast")


class ExtractorTraining(TrainingOptions):
    """How the row network is trained."""

    steps: int = Field(default=6000, ge=1, description="training steps")
    batch: int = Field(default=8, ge=1, description="windows of rows a step")
    learning_rate: float = Field(default=2e-3, gt=0, description="highest learning rate")
    width_px: int = Field(default=256, ge=64, multiple_of=32, description="width of a window")


class PathTraining(TrainingOptions):
    """How the path network is trained."""

    steps: int = Field(default=9000, ge=1, description="training steps")
    learning_rate: float = Field(default=2e-3, gt=0, description="highest learning rate")


class PageTraining(TrainingOptions):
    """How the page network is trained."""

    batch: int = Field(default=4, ge=1, description="crops of sheets a step")
    learning_rate: float = Field(default=2e-3, gt=0, description="highest learning rate")
    size_mm: int = Field(default=112, ge=40, multiple_of=4, description="side of a crop")
    pages: int = Field(default=4000, ge=1, description="pages whose sheets are made once, and kept")


class ClassifierTraining(TrainingOptions):
    """How the classifier's network is trained."""

    steps: int = Field(default=1800, ge=1, description="training steps")
    batch: int = Field(default=32, ge=1, description="views a step")
    learning_rate: float = Field(default=1e-3, gt=0, description="highest learning rate")
    pages: int = Field(default=2160, ge=1, description="pages whose views are made once, and kept")
    calibration_batches: int = Field(
        default=20, ge=0, description="batches that the temperature is set on"
    )
