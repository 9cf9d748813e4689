"""Loading: every way a plugin can be broken is told, and none of them hurts the others."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from ecgengine.errors import PluginError, UsageError
from ecgengine.plugins.kinds import DATASET, KINDS
from ecgengine.plugins.manager import PluginManager, only_plugins

Install = Callable[..., None]

GOOD = """
    from ecgengine.plugins.hooks import StagePlugin, hookimpl

    @hookimpl
    def ecgengine_extractors():
        yield StagePlugin(name="{name}", factory=lambda options: "built", summary="a test")
"""


def test_built_ins_come_through_the_public_entry_points() -> None:
    manager = PluginManager()
    assert manager.failures == ()
    assert all(manager.plugins(kind) for kind in KINDS)
    assert {plugin.provider.split()[0] for plugin in manager.plugins("writer")} == {"ecgengine"}


def test_a_third_party_has_the_same_door(install: Install) -> None:
    install("ecgengine-foo", GOOD.format(name="foo"), version="2.1")
    manager = PluginManager(strict=True)
    selected = manager.select("extractor", "foo")
    assert selected.plugin.provider == "ecgengine-foo 2.1"
    assert selected.build() == "built"
    assert manager.find("foo") == (("extractor", selected.plugin),)


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("x = (", "SyntaxError"),
        ("x = 1", "it has no hook"),
        (
            """
            from ecgengine.plugins.hooks import hookimpl

            @hookimpl
            def ecgengine_extracters():
                return []
            """,
            "there is no hook called ecgengine_extracters",
        ),
        (
            """
            from ecgengine.plugins.hooks import hookimpl

            @hookimpl
            def ecgengine_extractors(something):
                return []
            """,
            "something",
        ),
        (
            """
            from ecgengine.plugins.hooks import hookimpl

            @hookimpl
            def ecgengine_extractors():
                yield 1 / 0
            """,
            "ZeroDivisionError",
        ),
        (
            """
            from ecgengine.plugins.hooks import hookimpl

            @hookimpl
            def ecgengine_extractors():
                yield "foo"
            """,
            "'foo' is no StagePlugin",
        ),
        (GOOD.format(name="Bad.Name"), "'Bad.Name'"),
        (GOOD.format(name="foo").replace("lambda options: ", ""), "the factory of 'foo'"),
        (GOOD.format(name="foo").replace("summary=", "options=dict, summary="), "the options of"),
        (GOOD.format(name="foo").replace('"a test"', "None"), "the summary of 'foo' is None"),
        (GOOD.format(name="foo").replace("summary=", "priority='1', summary="), "the priority"),
        (GOOD.format(name="foo").replace("summary=", "sources=['photo'], summary="), "the sources"),
        (
            GOOD.format(name="foo").replace("summary=", "sources=frozenset(['fax']), summary="),
            "no source of 'foo' is called 'fax'",
        ),
        (GOOD.format(name="foo").replace("summary=", "needs=('grid',), summary="), "'foo' needs"),
        (GOOD.format(name="foo").replace('"foo"', "7"), "the name 7"),
    ],
)
def test_a_broken_plugin_is_kept_as_data(install: Install, source: str, cause: str) -> None:
    install("ecgengine-foo", source)
    manager = PluginManager()
    (failure,) = manager.failures
    assert failure.provider == "ecgengine-foo 1.0"
    assert cause in failure.cause
    assert "ecgengine-foo 1.0 failed while" in str(failure)
    assert manager.select("rectifier", "grid").plugin.name == "grid"


def test_a_broken_plugin_is_fatal_under_strict(install: Install) -> None:
    install("ecgengine-foo", "import no_such_library")
    with pytest.raises(PluginError, match=r"ecgengine-foo 1\.0 failed while importing"):
        PluginManager(strict=True)


def test_a_failure_is_told_where_its_plugin_is_missed(install: Install) -> None:
    install("ecgengine-foo", "import no_such_library")
    with pytest.raises(PluginError, match=r"no extractor is called 'foo'.*note: ecgengine-foo 1.0"):
        PluginManager().select("extractor", "foo")


def test_one_failing_hook_does_not_lose_the_others(install: Install) -> None:
    install(
        "ecgengine-foo",
        """
        from ecgengine.plugins.hooks import StagePlugin, hookimpl

        @hookimpl
        def ecgengine_extractors():
            yield StagePlugin(name="lost", factory=print, summary="")
            raise RuntimeError("halfway")

        @hookimpl
        def ecgengine_segmenters():
            yield StagePlugin(name="kept", factory=print, summary="")
        """,
    )
    install("ecgengine-bar", GOOD.format(name="bar"))
    manager = PluginManager()
    assert [str(f) for f in manager.failures] == [
        "ecgengine-foo 1.0 failed while listing its extractors: RuntimeError: halfway"
    ]
    assert manager.find("kept")
    assert manager.find("bar")
    assert not manager.find("lost")


def test_a_clash_of_names_names_both_sides(install: Install) -> None:
    install("ecgengine-foo", GOOD.format(name="same"))
    install("ecgengine-bar", GOOD.format(name="same"))
    manager = PluginManager()
    (failure,) = manager.failures
    with pytest.raises(PluginError, match="2 plugins offer the extractor 'same'") as caught:
        manager.select("extractor", "same")
    for side in ("ecgengine-foo 1.0", "ecgengine-bar 1.0"):
        assert side in str(failure)
        assert side in str(caught.value)


def test_only_named_distributions_are_loaded(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("ecgengine-foo", GOOD.format(name="foo"))
    install("ecgengine-bar", "raise RuntimeError('must not be imported')")
    monkeypatch.setenv("ECGENGINE_PLUGINS", "ecgengine, ecgengine_foo")
    manager = PluginManager(only=only_plugins())
    assert manager.failures == ()
    assert manager.blocked == ("ecgengine-bar 1.0",)
    assert manager.find("foo")
    with pytest.raises(PluginError, match=r"note: ecgengine-bar 1\.0 is not loaded"):
        manager.select("extractor", "bar")


def test_no_variable_loads_all() -> None:
    assert only_plugins() is None


def test_a_local_file_is_a_plugin(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(GOOD.replace("    from", "from").replace("\n    ", "\n").format(name="mine"))
    manager = PluginManager([file])
    assert manager.select("extractor", "mine").plugin.provider == str(file)
    missing = PluginManager([tmp_path / "missing.py"])
    assert "there is no file" in missing.failures[0].cause


def test_a_manager_travels_as_its_arguments(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("x = 1")
    copy = pickle.loads(pickle.dumps(PluginManager([file], only=["ecgengine"])))
    assert copy.failures[0].provider == str(file)
    assert copy.find("viterbi")


def test_a_factory_that_fails_is_named(install: Install) -> None:
    install("ecgengine-foo", GOOD.format(name="foo").replace('"built"', "1 / 0"))
    with pytest.raises(PluginError, match=r"ecgengine-foo 1\.0 failed while building.*'foo'"):
        PluginManager().select("extractor", "foo").build()


NEEDY = """
    from ecgengine.plugins.hooks import StagePlugin, hookimpl
    from ecgengine.plugins.options import Options

    class Depth(Options):
        depth: int = 1

    @hookimpl
    def ecgengine_extractors():
        yield StagePlugin(name="inner", factory=lambda o: o.depth, summary="", options=Depth)
        yield StagePlugin(
            name="outer",
            factory=lambda options, inner: [inner],
            summary="",
            needs=(("extractor", "{needed}"),),
        )
"""


def test_what_a_stage_needs_is_built_with_its_own_options(install: Install) -> None:
    install("ecgengine-foo", NEEDY.format(needed="inner"))
    manager = PluginManager(strict=True)
    options = {"inner": {"depth": "3"}}
    manager.check(options, {"extractor": ("outer",)})
    selected = manager.select("extractor", "outer", options=options)
    assert [each.plugin.name for each in selected.every()] == ["outer", "inner"]
    built: dict[tuple[str, str], object] = {}
    assert selected.build(built) == [3]
    assert built[("extractor", "inner")] == 3
    assert selected.build(built) is selected.build(built)
    fusion = manager.select("extractor", "fusion")
    assert [each.plugin.name for each in fusion.every()] == ["fusion", "network", "viterbi"]
    with pytest.raises(UsageError, match="'inner' has depth"):
        manager.check({"inner": {"deep": "3"}}, {"extractor": ("outer",)})


@pytest.mark.parametrize(
    ("needed", "said"),
    [
        ("outer", "the extractor 'outer' needs the extractor 'outer'"),
        ("lost", "no extractor is called 'lost'"),
    ],
)
def test_a_need_that_cannot_be_met_is_told(install: Install, needed: str, said: str) -> None:
    install("ecgengine-foo", NEEDY.format(needed=needed))
    with pytest.raises(PluginError, match=said):
        PluginManager().select("extractor", "outer")


def test_two_kinds_may_share_a_name_and_an_option_reaches_the_one_in_use(install: Install) -> None:
    install(
        "ecgengine-foo",
        """
        from ecgengine.plugins.hooks import StagePlugin, hookimpl
        from ecgengine.plugins.options import DatasetOptions, Options

        class Table(Options):
            table: str = ""

        @hookimpl
        def ecgengine_writers():
            yield StagePlugin(name="twin", factory=lambda o: o.table, summary="", options=Table)

        @hookimpl
        def ecgengine_datasets():
            yield StagePlugin(name="twin", factory=print, summary="", options=DatasetOptions)
        """,
    )
    manager = PluginManager(strict=True)
    options = {"twin": {"table": "test.csv"}}
    manager.check(options, {"writer": ("twin",)})
    assert manager.select("writer", "twin", options=options).build() == "test.csv"
    assert manager.select("dataset", "twin", options=options).options.model_dump() == {"which": ""}
    with pytest.raises(UsageError, match="no dataset in use has an option 'table'"):
        manager.check(options, {"dataset": ("twin",)}, kinds=(DATASET,))
    with pytest.raises(UsageError, match="has an option 'tabel'"):
        manager.select("writer", "twin", options={"twin": {"tabel": "test.csv"}})
