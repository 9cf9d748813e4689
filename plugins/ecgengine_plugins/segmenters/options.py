"""Options of the built-in segmenters."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ecgengine.options import Options


class UnetOptions(Options):
    """How the network is run."""

    runtime: Literal["onnxruntime", "openvino", "openvino-bf16"] = Field(
        default="onnxruntime", description="what runs it"
    )
    threads: int = Field(default=0, ge=0, description="processor threads; 0 for all")
