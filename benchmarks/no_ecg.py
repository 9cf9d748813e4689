"""Digitize pictures that show no ECG: which are refused, and whether any lead is `ok`.

    python benchmarks/no_ecg.py [--seed 40] [--pictures 40] [--processes 1]

Pictures are those of `no_ecg_pictures.py`. Of one that is not refused the probabilities are kept
that were stated of its arrangement, its scales and the names of its leads. Curves are read only
where nothing casts doubt on the whole page, for else no lead can be `ok`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from no_ecg_pictures import make_picture
from record import parser, save

from ecgengine.api import make_pipeline
from ecgengine.data.recording import Lead, LeadStatus
from ecgengine.errors import EcgEngineError
from ecgengine.running.pipeline import Inspection
from ecgengine.running.workers import work_on
from ecgengine_plugins.assemblers.judging import page_reasons


def look(seed: int) -> Callable[[str], dict[str, Any]]:
    """Give what digitizes the picture of an index, and says what came of it."""
    pipeline = make_pipeline()

    def work(index: str) -> dict[str, Any]:
        picture = make_picture(seed, int(index))
        facts = {"picture": picture.page.name, "kind": picture.kind, "source": str(picture.source)}
        try:
            found = pipeline.inspect(next(pipeline.sheets(picture.page)))
            doubts = page_reasons(found.sheet, found.strips)
            leads = () if doubts else pipeline.extract(found).recording.leads
        except EcgEngineError as error:
            return facts | {"refused": type(error).__name__, "why": str(error)}
        return facts | told(found, leads) | {"why": "; ".join(doubts)}

    return work


def told(found: Inspection, leads: Sequence[Lead]) -> dict[str, Any]:
    """Say what was told of a picture that was not refused."""
    strips = found.strips
    names = [strip.lead_probability for strip in strips.strips if strip.lead]
    return {
        "ok": sum(lead.status is LeadStatus.OK for lead in leads),
        "layout": strips.layout,
        "order": str(strips.order),
        "strips": len(strips.strips),
        "named": len(names),
        "least name": min(names, default=None),
        "arrangement": strips.confidence,
        "speed": strips.calibration.speed_probability,
        "gain": strips.calibration.gain_probability,
        "scale source": found.sheet.scale_source,
    }


def summed(pictures: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Sum up the pictures of one kind."""
    refused = sum("refused" in each for each in pictures)
    return {
        "pictures": len(pictures),
        "refused": refused,
        "without ok": sum(each.get("ok") == 0 for each in pictures),
        "with ok": sum(each.get("ok", 0) > 0 for each in pictures),
        "ok leads": sum(each.get("ok", 0) for each in pictures),
    }


def main() -> None:
    given = parser(__doc__)
    given.add_argument("--seed", type=int, default=40)
    given.add_argument("--pictures", type=int, default=40)
    given.add_argument("--processes", type=int, default=1)
    asked = given.parse_args()
    indices = [str(index) for index in range(asked.pictures)]
    pictures = []
    for each in work_on(indices, partial(look, asked.seed), asked.processes):
        if each.result is None:
            raise RuntimeError(f"picture {each.name}: {each.error}")
        pictures.append(each.result)
        print(each.result, flush=True)
    pictures.sort(key=lambda each: str(each["picture"]))
    kinds = defaultdict(list)
    for each in pictures:
        kinds[each["kind"]].append(each)
    numbers = {
        "all": summed(pictures),
        "by kind": {kind: summed(own) for kind, own in sorted(kinds.items())},
        "pictures": pictures,
    }
    save(asked.name, numbers, f"pictures without an ECG: {asked.pictures} of seed {asked.seed}")


if __name__ == "__main__":
    main()
