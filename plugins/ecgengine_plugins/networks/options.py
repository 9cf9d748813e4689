"""How a network is run, for the options of the stages that run one."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ecgengine.plugins.options import Options


class NetworkRunning(Options):
    """How a network is run."""

    runtime: Literal["onnxruntime", "openvino", "openvino-bf16", "torch"] = Field(
        default="onnxruntime", description="what runs it"
    )
    threads: int = Field(default=0, ge=0, description="processor threads; 0 for all")
