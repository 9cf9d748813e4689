"""Plans: whose finished pages may be taken over."""

from __future__ import annotations

from pathlib import Path

from ecgengine.compare.combinations import combine
from ecgengine.compare.plan import Plan
from ecgengine.running.settings import Settings

WARD = '[[layout]]\nname = "ward"\nrows = ["I"]\nseconds = 10\n'


def test_other_leads_or_another_layout_in_a_file_make_another_comparison(tmp_path: Path) -> None:
    def fingerprint(text: str, leads: list[str] | None = None) -> str:
        file = tmp_path / "ward.toml"
        file.write_text(text)
        settings = Settings.of(layout_files=[file], leads=leads)
        return Plan("synthetic", combine({}), settings).fingerprint()

    assert fingerprint(WARD) == fingerprint(WARD)
    different = {fingerprint(WARD), fingerprint(WARD.replace("I", "II")), fingerprint(WARD, ["I"])}
    assert len(different) == 3
