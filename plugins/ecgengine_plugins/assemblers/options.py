"""Options of the built-in assemblers."""

from __future__ import annotations

from pydantic import Field

from ecgengine.plugins.options import Options


class StandardOptions(Options):
    """Options of the assembler `standard`."""

    bridge_s: float = Field(
        0.2, ge=0, le=2, description="longest unread stretch that a straight line bridges, seconds"
    )
    complete: bool = Field(
        True,
        description="tell unsure stretches up to bridge_s (under separators) from the rhythm strip",
    )
    enforce_einthoven: bool = Field(
        False, description="move limb leads to where I + III = II and its kin hold (least squares)"
    )
