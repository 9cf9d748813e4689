"""Selection: by name, then made for the source, then priority; ties and clashes are errors."""

from __future__ import annotations

import pytest
from pydantic import Field

from ecgengine.data.source import Source
from ecgengine.errors import PluginError, UsageError
from ecgengine.plugins.hooks import StagePlugin
from ecgengine.plugins.options import Options
from ecgengine.plugins.selection import ANY, by_name, by_rule, check_options, fill


class Smooth(Options):
    smoothness: float = Field(0.3, ge=0, le=1, description="how smooth")


class Rough(Options):
    grain: int = Field(3, description="how rough")


def offer(name: str, **fields: object) -> StagePlugin[object]:
    plain: dict[str, object] = {"factory": object, "summary": "", "provider": f"{name} 1.0"}
    return StagePlugin(name=name, **{**plain, **fields})  # type: ignore[arg-type]


GENERIC = offer("generic", priority=100)
SECOND = offer("second", priority=50)
FOR_PHOTOS = offer("photos", sources=frozenset({Source.PHOTO, Source.SCREEN}))


def test_the_name_decides_first() -> None:
    assert by_name("extractor", "second", [GENERIC, SECOND]) is SECOND
    with pytest.raises(PluginError, match="no extractor is called 'third'; there are: generic, s"):
        by_name("extractor", "third", [GENERIC, SECOND])


def test_two_of_one_name_are_an_error() -> None:
    with pytest.raises(PluginError, match="a 1 and b 2"):
        by_name("x", "same", [offer("same", provider="a 1"), offer("same", provider="b 2")])


@pytest.mark.parametrize(
    ("source", "expected"),
    [(None, GENERIC), (Source.RENDER, GENERIC), (Source.PHOTO, FOR_PHOTOS)],
)
def test_made_for_the_source_beats_generic_whatever_its_priority(
    source: Source | None, expected: StagePlugin[object]
) -> None:
    assert by_rule("extractor", source, [GENERIC, SECOND, FOR_PHOTOS]) is expected


def test_a_tie_names_both() -> None:
    with pytest.raises(PluginError, match=r"'a' of a 1\.0 and 'b' of b 1\.0 have equal claims"):
        by_rule("extractor", None, [offer("a"), offer("b")])


def test_a_negative_priority_means_only_by_name() -> None:
    shy = offer("shy", priority=-1, sources=frozenset({Source.RENDER}))
    assert by_rule("extractor", Source.RENDER, [SECOND, shy]) is SECOND
    assert by_name("extractor", "shy", [SECOND, shy]) is shy


def test_none_that_fits_is_an_error() -> None:
    with pytest.raises(PluginError, match="no extractor is installed for pages of source 'render'"):
        by_rule("extractor", Source.RENDER, [FOR_PHOTOS])
    with pytest.raises(PluginError, match="no extractor is installed for pages;"):
        by_rule("extractor", None, [FOR_PHOTOS])


def test_options_of_the_name_overrule_those_of_the_kind() -> None:
    smooth = offer("smooth", options=Smooth)
    values = {"extractor": {"smoothness": "0.1"}, "smooth": {"smoothness": "0.2"}}
    assert fill(smooth, "extractor", {}).model_dump() == {"smoothness": 0.3}
    assert fill(smooth, "extractor", {"extractor": {"smoothness": "0.1"}}) == Smooth(smoothness=0.1)
    assert fill(smooth, "extractor", values) == Smooth(smoothness=0.2)


@pytest.mark.parametrize("value", ["-1", "2", "many", ""])
def test_a_value_out_of_range_is_a_usage_error(value: str) -> None:
    with pytest.raises(UsageError, match=r"option smooth\.smoothness: .*plugins show smooth"):
        fill(offer("smooth", options=Smooth), "extractor", {"smooth": {"smoothness": value}})


def test_an_unknown_option_lists_what_there_is() -> None:
    with pytest.raises(UsageError, match="option 'x': 'smooth' has smoothness"):
        fill(offer("smooth", options=Smooth), "extractor", {"smooth": {"x": "1"}})


def test_an_option_of_a_kind_must_be_known_to_one_of_its_plugins() -> None:
    served = {"reader": [offer("smooth", options=Smooth), offer("rough", options=Rough)]}
    check_options({"reader": {"grain": "4", "smoothness": "0.5"}}, served)
    check_options({"rough": {"grain": "4"}}, served)
    with pytest.raises(UsageError, match="'smooth' has smoothness; 'rough' has grain"):
        check_options({"reader": {"x": "1"}}, served)
    with pytest.raises(UsageError, match=r"rough\.grain"):
        check_options({"reader": {"grain": "much"}}, served)
    with pytest.raises(UsageError, match=r"'nobody'.*reader"):
        check_options({"nobody": {"x": "1"}}, served)
    with pytest.raises(UsageError, match="option 'smoothness': 'rough' has grain"):
        check_options({"rough": {"smoothness": "0.5"}}, served)


def test_an_option_for_any_plugin_reaches_those_that_have_it() -> None:
    smooth, rough = offer("smooth", options=Smooth), offer("rough", options=Rough)
    values = {ANY: {"grain": "4"}}
    assert fill(rough, "reader", values) == Rough(grain=4)
    assert fill(smooth, "extractor", values) == Smooth()
    assert fill(rough, "reader", values | {"rough": {"grain": "5"}}) == Rough(grain=5)
    served = {"extractor": [smooth], "reader": [rough]}
    check_options(values, served)
    with pytest.raises(UsageError, match="no plugin in use has an option 'x'"):
        check_options({ANY: {"x": "1"}}, served)
    with pytest.raises(UsageError, match=r"rough\.grain"):
        check_options({ANY: {"grain": "much"}}, served)
