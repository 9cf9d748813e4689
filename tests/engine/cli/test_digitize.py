"""`ecgengine digitize` from a picture to files, and every way it may end."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ecgengine import LEADS

Run = Callable[..., "subprocess.CompletedProcess[str]"]

FLAT = ("--rectifier", "grid")
SIMPLE = (*FLAT, "--extractor", "column")
"""For tests of what is around the reading; the default takes ten times as long."""

WARD = """
[[layout]]
name = "ward"
rows = ["I aVR V1 V4", "II aVL V2 V5", "III aVF V3 V6"]
rhythm = ["II"]
seconds = 10
"""
"""What the sample page prints, under a name of its own."""

NO_PAINT = ("-f", "csv", *SIMPLE)


def test_one_page_becomes_one_set_of_files(start: Run, sample: Path) -> None:
    done = start("digitize", sample.name, "-o", "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    written = sorted(path.name for path in (sample.parent / "out").iterdir())
    assert written == [f"sample{e}" for e in (".csv", ".dat", ".hea", ".json", "_overlay.png")]
    assert all(name in done.stderr for name in written)
    with (sample.parent / "out" / "sample.csv").open(newline="") as file:
        header = next(csv.reader(file))
    assert header[:4] == ["time_s", "I", "II", "III"]


def test_json_is_all_that_is_on_standard_output(run: Run, sample: Path) -> None:
    done = run("digitize", sample.name, "missing.png", "-o", "out", *NO_PAINT, "--json")
    assert done.returncode == 6
    summary = json.loads(done.stdout)
    (page,) = summary["pages"]
    assert page["name"] == "sample"
    assert page["layout"] == "3x4+1"
    assert page["files"] == ["out/sample.csv"]
    assert {lead["status"] for lead in page["leads"].values()} <= {"ok", "review", "missing"}
    (failure,) = summary["failures"]
    assert failure["path"] == "missing.png"
    assert failure["exit_code"] == 3


def test_a_cover_is_skipped_and_no_failure(run: Run, sample: Path) -> None:
    from PIL import Image

    with Image.open(sample) as page:
        cover = Image.new("RGB", page.size, "white")
        rest = [page.convert("RGB")]
        cover.save(sample.with_name("report.tiff"), save_all=True, append_images=rest)
    done = run("digitize", "report.tiff", "-o", "out", *NO_PAINT, "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert [page["page"] for page in summary["pages"]] == [2]
    assert summary["failures"] == []
    (skipped,) = summary["skipped"]
    assert skipped["page"] == 1
    assert "skipped page 1" in done.stderr


def test_a_document_without_an_ecg_fails(run: Run, sample: Path) -> None:
    from PIL import Image

    blank = Image.new("RGB", (800, 600), "white")
    blank.save(sample.with_name("report.tiff"), save_all=True, append_images=[blank])
    done = run("digitize", "report.tiff", "-o", "out", *NO_PAINT, "--json")
    assert done.returncode == 4, done.stderr
    assert len(json.loads(done.stdout)["failures"]) == 2


def test_every_sheet_of_a_picture_is_read_if_asked_for(run: Run, sample: Path) -> None:
    from PIL import Image

    with Image.open(sample) as page:
        picture = Image.new("RGB", (page.width + page.height, page.width), "dimgray")
        picture.paste(page.convert("RGB").rotate(90, expand=True), (0, 0))
        picture.paste(
            page.convert("RGB").resize((page.width - 400, page.height - 300)), (1800, 200)
        )
    picture.save(sample.parent / "two.png")
    whole = ("digitize", "two.png", "-o", "out", "-f", "csv", "--extractor", "column")
    done = run(*whole)
    assert done.returncode == 0, done.stderr
    assert "The picture shows 2 sheets; the largest was taken (--all" in done.stderr
    done = run(*whole, "--all", "--force", "--json")
    assert done.returncode == 0, done.stderr
    pages = json.loads(done.stdout)["pages"]
    assert [page["name"] for page in pages] == ["two", "two_s2"]
    assert [page["layout"] for page in pages] == ["3x4+1", "3x4+1"]
    assert sorted(path.name for path in (sample.parent / "out").iterdir()) == [
        "two.csv",
        "two_s2.csv",
    ]


def test_existing_output_is_refused_without_force(run: Run, sample: Path) -> None:
    target = sample.parent / "out" / "sample.csv"
    target.parent.mkdir()
    target.write_text("mine")
    done = run("digitize", sample.name, "-o", "out", "-f", "csv,json")
    assert done.returncode == 7
    assert "--force" in done.stderr
    assert target.read_text() == "mine"
    assert [path.name for path in target.parent.iterdir()] == ["sample.csv"]
    assert run("digitize", sample.name, "-o", "out", *NO_PAINT, "--force").returncode == 0
    assert target.read_text() != "mine"


def test_a_folder_that_cannot_be_written_is_code_8(run: Run, sample: Path) -> None:
    (sample.parent / "out").write_text("a file")
    done = run("digitize", sample.name, "-o", "out/deeper", *NO_PAINT)
    assert done.returncode == 8
    assert "another folder" in done.stderr


def test_quality_that_was_required_is_code_5(run: Run, sample: Path) -> None:
    # A rectangle over the last column takes three leads away.
    from PIL import Image

    with Image.open(sample) as page:
        page.paste("white", (1750, 350, 2376, 1150))
        page.save(sample)
    done = run("digitize", sample.name, "-o", "out", "-f", "csv", "--require", "ok", *FLAT)
    assert done.returncode == 5, done.stderr
    assert "'ok' was required" in done.stderr
    assert not (sample.parent / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--extractor", "magic"], 9, "no extractor is called 'magic'; there are: fusion, viterbi"),
        (["-f", "csv,xml"], 9, "no writer is called 'xml'"),
        (["-f", "kaggle"], 2, "kaggle.table"),
        (["-o", "extractor.nothing=1"], 2, "'fusion' has "),
        (["-o", "fusion.noise=-1"], 2, "greater than or equal to 0"),
        (["-o", "nobody.x=1"], 2, "no plugin in use is called so"),
        (["--option", "viterbi.rounds"], 2, "plugin.option=value"),
        (["-o", "a", "-o", "b"], 2, "two output folders"),
        (["--layout", "5x5"], 9, "no layout is called '5x5'"),
        (["--layout-file", "ward.toml", "--layout", "5x5"], 9, "there are: ward, "),
        (["--layout-file", "missing.toml"], 2, "missing.toml"),
        (["--layout-file", "bad.toml"], 2, "bad.toml: layout 'ward': there is no lead 'V7'; use"),
        (["--rhythm", "II,V7"], 2, "there is no lead 'V7'"),
        (["--leads", "-,-aVR, V6,V7"], 2, "there is no lead 'V7'"),
        (["--source", "fax"], 2, "no source is called 'fax'"),
        (["--gain", "-10"], 2, "must be a positive number"),
        (["--fs", "0"], 2, "must be a positive number"),
        (["--px-per-mm", "wide"], 2, "neither one number nor two"),
        (["--px-per-mm", "0,8"], 2, "positive"),
        (["--config", "missing.toml"], 9, "no readable configuration"),
        (["--plugin", "missing.py"], 2, "missing.py"),
        (["--plugin", "broken.py", "--strict-plugins"], 9, "broken.py failed while importing"),
    ],
)
def test_a_wrong_call_ends_before_any_page(
    run: Run, sample: Path, arguments: list[str], code: int, said: str
) -> None:
    (sample.parent / "broken.py").write_text("import no_such_library")
    (sample.parent / "ward.toml").write_text(WARD)
    (sample.parent / "bad.toml").write_text(WARD.replace("V6", "V7"))
    before = set(sample.parent.iterdir())
    done = run("digitize", sample.name, *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert done.stdout == ""
    # Python itself may keep what it compiled of the plugin.
    no_output = {sample.parent / "home", sample.parent / "__pycache__"}
    assert set(sample.parent.iterdir()) - before <= no_output


def test_the_configuration_file_chooses_where_the_command_does_not(run: Run, sample: Path) -> None:
    (sample.parent / "my.toml").write_text(
        '[select]\nextractor = "column"\n[options.viterbi]\nrounds = 2\n'
    )
    done = run("inspect", sample.name, "--config", "my.toml")
    assert done.returncode == 2
    assert "'viterbi'" in done.stderr
    (sample.parent / "my.toml").write_text('[select]\nextractor = "magic"\n')
    assert run("inspect", sample.name, ECGENGINE_CONFIG="my.toml").returncode == 9
    chosen = run("inspect", sample.name, "--config", "my.toml", "--extractor", "column")
    assert chosen.returncode == 0, chosen.stderr


def test_own_layouts_of_a_file_or_of_the_configuration_are_obeyed(run: Run, sample: Path) -> None:
    folder = sample.parent / "hospital"
    folder.mkdir()
    (folder / "ward.toml").write_text(WARD)
    (folder / "my.toml").write_text('layout_files = ["ward.toml"]\n')
    for given in (("--layout-file", "hospital/ward.toml"), ("--config", "hospital/my.toml")):
        done = run("inspect", sample.name, *given, "--layout", "ward", *FLAT, "--json")
        assert done.returncode == 0, done.stderr
        (page,) = json.loads(done.stdout)["pages"]
        assert page["layout"] == "ward"
        assert page["leads"][:4] == ["I", "aVR", "V1", "V4"]


def test_a_broken_plugin_is_named_and_the_page_is_digitized(run: Run, sample: Path) -> None:
    (sample.parent / "broken.py").write_text("import no_such_library")
    done = run("digitize", sample.name, *NO_PAINT, "-o", "out", "--plugin", "broken.py")
    assert done.returncode == 0
    assert "warning: broken.py failed while importing" in done.stderr


def test_a_local_plugin_does_the_work(run: Run, sample: Path) -> None:
    (sample.parent / "mine.py").write_text(
        "from ecgengine.plugins.hooks import StagePlugin, hookimpl\n"
        "class Names:\n"
        "    def render(self, result):\n"
        "        return {f'{result.page.name}.txt': result.recording.layout.encode()}\n"
        "    def render_batch(self, recordings):\n"
        "        return {'all.txt': str(len(recordings)).encode()}\n"
        "@hookimpl\n"
        "def ecgengine_writers():\n"
        "    yield StagePlugin(name='names', factory=lambda o: Names(), summary='names')\n"
    )
    done = run("digitize", "-o", "out", "-f", "names", *SIMPLE, "--plugin", "mine.py", sample.name)
    assert done.returncode == 0, done.stderr
    assert (sample.parent / "out" / "sample.txt").read_text() == "3x4+1"
    assert (sample.parent / "out" / "all.txt").read_text() == "1"


def test_what_plugins_print_does_not_mix_with_data(run: Run, sample: Path) -> None:
    (sample.parent / "loud.py").write_text(
        "import os\n"
        "from ecgengine.plugins.hooks import StagePlugin, hookimpl\n"
        "class Loud:\n"
        "    def render(self, result):\n"
        "        print('loading weights')\n"
        "        os.write(1, b'from C\\n')\n"
        "        return {}\n"
        "    def render_batch(self, recordings):\n"
        "        return {}\n"
        "@hookimpl\n"
        "def ecgengine_writers():\n"
        "    yield StagePlugin(name='loud', factory=lambda o: Loud(), summary='loud')\n"
    )
    done = run("digitize", sample.name, "-f", "loud", *SIMPLE, "--plugin", "loud.py", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["pages"][0]["name"] == "sample"
    assert "loading weights" in done.stderr
    assert "from C" in done.stderr


def test_standard_input_and_debug_pictures(start: Run, tmp_path: Path, sample_png: bytes) -> None:
    done = start("digitize", "-", *NO_PAINT, "-o", "out", "--debug-dir", "look", stdin=sample_png)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "stdin.csv").is_file()
    pictures = sorted(path.name for path in (tmp_path / "look" / "stdin").iterdir())
    assert pictures[0] == "01-page.png"
    assert any("extractor" in name for name in pictures)


@pytest.mark.parametrize(
    ("other", "clash"), [("more/sample.png", "the name 'sample'"), ("a b.png", "a_b.dat")]
)
def test_two_inputs_of_one_name_do_not_overwrite_each_other(
    run: Run, sample: Path, other: str, clash: str
) -> None:
    first = sample.parent / "a_b.png" if " " in other else sample
    for path in (first, sample.parent / other):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(sample.read_bytes())
    done = run("digitize", first.name, other, "-f", "wfdb", *SIMPLE, "-o", "out", "--force")
    assert done.returncode == 6
    assert f"another input gives {clash} too" in done.stderr
    assert len(list((sample.parent / "out").iterdir())) == 2


def test_the_plugin_of_the_docs_works(run: Run, root: Path, sample: Path) -> None:
    code = (root / "docs" / "plugins.md").read_text().split("```python\n")[1].split("```")[0]
    (sample.parent / "mine.py").write_text(code)
    shown = run("plugins", "show", "quiet", "--plugin", "mine.py")
    assert "-o quiet.level=250  (integer, >= 0, <= 255)" in shown.stdout
    done = run(
        *("digitize", sample.name, "-o", "out", "-f", "csv,json", "--plugin", "mine.py"),
        *("--preprocessor", "quiet", "-o", "quiet.level=240", *SIMPLE),
    )
    assert done.returncode == 0, done.stderr
    provenance = json.loads((sample.parent / "out" / "sample.json").read_text())["provenance"]
    used = {stage["kind"]: stage for stage in provenance}
    assert used["preprocessor"]["provider"] == "mine.py"
    assert used["preprocessor"]["options"] == {"level": 240}


def test_the_networks_read_a_page_with_the_runtime_that_is_named(run: Run, sample: Path) -> None:
    learned = (*FLAT, "--segmenter", "unet", "--extractor", "network", "--runtime", "onnxruntime")
    done = run(
        *("digitize", sample.name, "-o", "out", "-f", "json", *learned),
        *("--option", "*.threads=1", "--option", "viterbi.rounds=1"),
    )
    assert done.returncode == 0, done.stderr
    (written,) = (sample.parent / "out").iterdir()
    provenance = json.loads(written.read_text())["provenance"]
    stages = {stage["kind"]: stage for stage in provenance}
    assert stages["extractor"]["name"] == "network"
    (needed,) = (stage for stage in provenance if stage["within"] == "network")
    assert (needed["name"], needed["options"]["rounds"], needed["seconds"]) == ("viterbi", 1, None)
    for kind in ("segmenter", "extractor"):
        assert stages[kind]["options"]["runtime"] == "onnxruntime"
        assert stages[kind]["options"]["threads"] == 1


def test_an_unknown_runtime_is_a_usage_error(run: Run, sample: Path) -> None:
    done = run("digitize", sample.name, "--segmenter", "unet", "--runtime", "abacus")
    assert done.returncode == 2
    assert "openvino" in done.stderr


def test_a_submission_of_the_test_table(run: Run, sample: Path) -> None:
    lines = [f"sample,{lead},100,{1000 if lead == 'II' else 250}" for lead in LEADS]
    table = "\n".join(["id,lead,fs,number_of_rows", *lines])
    (sample.parent / "test.csv").write_text(table)
    done = run(
        *("digitize", sample.name, *SIMPLE),
        *("-f", "kaggle", "-o", "kaggle.table=test.csv", "-o", "out"),
    )
    assert done.returncode == 0, done.stderr
    written = (sample.parent / "out" / "submission.csv").read_text().splitlines()
    assert written[0] == "id,value"
    assert len(written) == 1 + 1000 + 11 * 250
    assert written[1].startswith("sample_0_I,")
    assert max(abs(float(line.split(",")[1])) for line in written[1:]) > 0.3
