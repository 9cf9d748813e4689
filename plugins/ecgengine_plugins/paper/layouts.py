"""The layouts that carts print, from the table `layouts.toml` beside this module."""

from __future__ import annotations

from pathlib import Path

from ecgengine.data.layout_files import load_layouts

LAYOUTS = load_layouts([Path(__file__).with_suffix(".toml")])
"""Every built-in layout."""
