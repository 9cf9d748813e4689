"""Make docs/results.md and its pages of detail: templates filled with what benchmarks kept.

    python benchmarks/report.py            # writes the pages
    python benchmarks/report.py --check    # only says whether they match; exit code 1 if not

Templates lie in `benchmarks/pages/`. In them `{RESULT/KEY/KEY:2}` is a number of
`results/RESULT.json` with two digits. Three blocks end at an empty line: `@RESULT/KEY` with the
head of a table and its row, filled for each item found there (`{*}` is the item's own key);
`@targets` with lines of what, target and place; `@origins`, which tells how each result came about.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from record import RESULTS, ROOT

HEAD = "<!-- Made by `python benchmarks/report.py` from benchmarks/results/: do not edit. -->\n"
TEMPLATES = ROOT / "benchmarks" / "pages"
_FIELD = re.compile(r"\{([^{}:]+)(?::(\d))?\}")


def find(results: Any, place: str) -> Any:
    """Give what lies at `RESULT/KEY/KEY`, None where that result was not run."""
    result, *keys = place.split("/")
    found = results.get(result)
    for key in keys if found is not None else ():
        found = found[key]
    return found


def filled(text: str, values: Any) -> str:
    """Put values in the place of their fields; nothing and not a number are a dash."""

    def shown(field: re.Match[str]) -> str:
        value, digits = find(values, field[1]), field[2]
        if isinstance(value, list):
            middle, low, high = (f"{each:.3g}" for each in value)
            return f"{middle} ({low} - {high})"
        if value is None:
            return "-"
        return f"{value:.{digits}f}" if digits else str(value)

    return _FIELD.sub(shown, text)


def table(rows: Any, head: str, row: str) -> str:
    """Fill a row of a table for each item of a list or an object."""
    if rows is None:
        return "Not run."
    items = rows.items() if isinstance(rows, dict) else enumerate(rows, 1)
    lines = [head, "|---" * (head.count("|") - 1) + "|"]
    return "\n".join(lines + [filled(row, value | {"*": key}) for key, value in items])


def target(line: str, results: Any) -> str:
    """Set a target beside what was measured."""
    words, wanted, place = line.split(" | ")
    sign, bound = wanted.split()
    found = find(results, place)
    if found is None:
        return f"| {words} | {wanted} | not run | |"
    met = found >= float(bound) if sign == "≥" else found <= float(bound)
    return f"| {words} | {wanted} | {found:.3g} | {'met' if met else '**missed**'} |"


def origin(name: str, result: Any) -> str:
    """Say how a result came about."""
    machine, changed = result["machine"], ", with changes" if result["dirty"] else ""
    note = f" ({result['note']})" if "note" in result else ""
    return (
        f"- `{name}`: `{result['command']}`, {result['date'][:10]}, commit {result['commit'][:7]}"
        f"{changed}; {machine['processor']}, {machine['cores']} cores, load {machine['load'][1]}"
        f"{note}"
    )


def block(text: str, files: dict[str, Any]) -> str:
    """Give what a block of a template becomes; other text has its fields filled."""
    results = {name: result["numbers"] for name, result in files.items()}
    first, *lines = text.splitlines() or [""]
    if first == "@origins":
        return "\n".join(origin(name, result) for name, result in files.items())
    if first == "@targets":
        head = "| what | target | measured | |\n|---|---|---|---|"
        return "\n".join([head, *(target(line, results) for line in lines)])
    if first.startswith("@"):
        return table(find(results, first[1:]), *lines)
    return filled(text, results)


def pages() -> dict[Path, str]:
    kept = sorted(RESULTS.glob("*.json"))
    files = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in kept}
    made = {}
    for path in sorted(TEMPLATES.glob("*.md")):
        blocks = path.read_text(encoding="utf-8").rstrip().split("\n\n")
        made[ROOT / "docs" / path.name] = HEAD + "\n\n".join(block(b, files) for b in blocks) + "\n"
    return made


def main() -> None:
    differing = {
        path: text
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    if "--check" in sys.argv:
        names = ", ".join(path.name for path in differing)
        sys.exit(f"not what the results say, run benchmarks/report.py: {names}" if names else 0)
    for path, text in differing.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
