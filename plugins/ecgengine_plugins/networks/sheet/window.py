"""What the sheet network is given, and what it answers."""

from __future__ import annotations

CHANNELS = ("trace", "rules", "text")
"""What the network tells apart, in the order of its output."""

PEN_MM = 0.3
"""Width of the pen that the network draws with, whatever pen the page was drawn with."""

MULTIPLE_PX = 32
"""Sides of a piece of sheet are multiples of this."""
