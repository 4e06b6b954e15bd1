"""What the documents tell people to type works."""

from __future__ import annotations

import re
import shlex
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import mimika
from helpers.media import write_beginning
from mimika.apps.cli.main import build, run
from mimika.sinks.table import SINKS

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
GUIDES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
RUNNABLE = ("image", "cameras", "models", "engines", "demo")
# Their Python needs a trained model or a server, and has tests of its own.
NOT_RUN_HERE = {"training.md", "server.md", "evaluation.md"}
OUTPUTS = {f"--{option}" for option in SINKS}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def code(document: Path) -> list[tuple[str, str]]:
    """The fenced blocks of a document, and the indented ones: (language, text)."""
    text = document.read_text(encoding="utf-8")
    fenced = [(language, block) for language, block in FENCE.findall(text)]
    rest = FENCE.sub("", text)
    indented = [line[4:] for line in rest.splitlines() if line.startswith("    ")]
    return [*fenced, ("", "\n".join(indented))]


def commands(document: Path) -> list[list[str]]:
    """The words after `mimika` of every command in a document."""
    found = []
    for language, block in code(document):
        if language == "python":
            continue
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line.strip().removeprefix("$ "), comments=True)
            if words[:2] == ["python3", "main.py"] and words[2:]:
                words[:2] = ["mimika"]
            if words[:1] == ["mimika"] and not {"…", "VERB"} & set(words):
                found.append(words[1:])
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_has_its_verb_and_its_options(document):
    app = build()
    for words in commands(document):
        app.parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file(document):
    text = FENCE.sub("", document.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in target:
            assert (document.parent / target).exists(), target


NAMED_FILE = re.compile(
    r"(?<![\w/.])(?:docs|scripts|tests|packaging|deploy|notebooks|src/mimika)/[\w/-]+"
    r"\.(?:py|md|ipynb|json|ya?ml|service)\b"
)
NAMED_IN_ROOM = re.compile(r"`((?:\w+/)+\w*(?:\.py)?)`")


def test_every_file_that_is_named_is_there():
    source = [
        path for folder in ("src", "scripts", "tests") for path in (ROOT / folder).rglob("*.py")
    ]
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in [*DOCUMENTS, *source]
        # Its walks make new files; tests/contributing/ takes them.
        if path.name != "CONTRIBUTING.md" and "contributing" not in path.parts
        for name in NAMED_FILE.findall(path.read_text(encoding="utf-8"))
        if not (ROOT / name).exists()
    }
    assert not missing


def test_every_room_that_the_plan_names_is_there():
    plan = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    made_by_walks = {"sinks/subtitles.py", "detection/twice.py", "training/networks/tiny.py"}
    named = set(NAMED_IN_ROOM.findall(plan)) - made_by_walks
    assert len(named) > 40
    rooms = (ROOT, ROOT / "src", ROOT / "src" / "mimika", ROOT / "src" / "mimika" / "models")
    assert [name for name in named if not any((room / name).exists() for room in rooms)] == []


def test_the_documents_have_commands():
    assert len(commands(ROOT / "README.md")) >= 15
    assert commands(ROOT / "docs" / "training.md")


def test_both_languages_show_the_same_examples():
    def bare(name):
        # Tables are in the language of their page; their numbers are the same.
        blocks = (
            " ".join(re.findall(r"[\d.:]+", block)) if "━" in block else block
            for _, block in code(ROOT / name)
        )
        return [re.sub(r"\s*#.*", "", b).replace("шаблоны", "patterns") for b in blocks]

    assert bare("README.md") == bare("README.ru.md")


@pytest.fixture
def at_work(tmp_path, media, demo_clip, monkeypatch):
    """A folder with the files that the examples name."""
    shutil.copy(media / "obama.jpg", tmp_path / "photo.jpg")
    for folder in ("holiday", "more"):
        (tmp_path / folder).mkdir()
        shutil.copy(media / "astronaut.png", tmp_path / folder / "1.png")
    write_beginning(demo_clip, tmp_path / "film.mp4", 60)
    mimika.process(tmp_path / "film.mp4", sinks=[tmp_path / "recording.csv"])
    shutil.copy(demo_clip.parent / "default.onnx", tmp_path / "mine.onnx")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return tmp_path


def runnable() -> list[list[str]]:
    """The commands of all guides that run here, each once."""
    found = [words for guide in GUIDES for words in commands(guide)]
    # The film here ends long before the times that the guides' --from names.
    chosen = [
        w
        for w in found
        if w[0] in RUNNABLE or (w[:2] == ["video", "film.mp4"] and "--from" not in w)
    ]
    return list({tuple(words): words for words in chosen}.values())


@pytest.mark.parametrize("words", runnable(), ids=" ".join)
def test_examples_run(words, at_work):
    before = set(at_work.rglob("*"))
    assert run(words) == 0
    outputs = [w for option, w in pairwise(words) if option in OUTPUTS]
    for name in outputs:
        assert at_work / name in set(at_work.rglob("*")) - before


def python_blocks() -> list[Any]:
    return [
        pytest.param(block, id=f"{guide.name}-{number}")
        for guide in GUIDES
        if guide.name not in NOT_RUN_HERE
        for number, block in enumerate(b for language, b in code(guide) if language == "python")
    ]


@pytest.mark.parametrize("example", python_blocks())
def test_the_python_examples_run(example, at_work, capsys):
    exec(compile(example, "the guide", "exec"), {})
    assert re.search("happy|sad", capsys.readouterr().out)
