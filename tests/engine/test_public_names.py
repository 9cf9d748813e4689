"""The public face: what authors of plugins import is what the docs list, and is there."""

from __future__ import annotations

import re
from pathlib import Path

import ecgengine


def test_the_docs_list_what_can_be_imported(root: Path) -> None:
    docs = (root / "docs" / "plugins.md").read_text()
    listed = re.findall(r"`(\w+)`", docs.split("## What to import")[1].split("##")[0])
    assert sorted(set(listed) - {"ecgengine"}) == sorted(ecgengine.__all__)
    assert all(getattr(ecgengine, name) is not None for name in ecgengine.__all__)
