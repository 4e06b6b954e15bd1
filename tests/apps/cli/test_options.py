"""Every option means the same on every verb."""

from __future__ import annotations

import importlib
import inspect
import json
import string
from pathlib import Path
from typing import Annotated, get_args, get_origin, get_type_hints

import pytest

from mimika.apps.cli import _options
from mimika.apps.cli._verbs import GROUPS, offered
from mimika.apps.cli.main import run
from mimika.apps.words import WORDS_FILE, counted, word

VERBS = [verb for verbs in GROUPS.values() for verb in verbs]


def options_of(verb):
    """Option to annotation; dataclasses are passed over."""
    function = getattr(importlib.import_module(f"mimika.apps.cli.{verb}"), verb)
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in inspect.signature(function).parameters.items():
        kind = hints[name]
        flat = get_origin(kind) is Annotated and kind.__metadata__[0].name == ("*",)
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not flat:
            yield name, kind


def test_every_module_is_a_verb_in_a_group():
    folder = Path(_options.__file__).parent
    modules = {p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")}
    assert modules - {"main", "console"} == set(VERBS)
    assert set(offered()) == set(GROUPS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_shared_option_is_the_shared_one(verb):
    for name, kind in options_of(verb):
        if name == "output" and verb in {"train", "compare", "report", "batch", "calibrate"}:
            # With a usual name, an address or no need of one; the same option all the same.
            assert kind.__metadata__[0].name == ("--output", "-o")
        elif name in _options.SHARED:
            assert kind == _options.SHARED[name], f"{verb} --{name}"


@pytest.mark.parametrize("verb", VERBS)
def test_numbers_have_limits(verb):
    for name, kind in options_of(verb):
        annotated = get_origin(kind) is Annotated
        inner = get_args(kind)[0] if annotated else kind
        if {int, float} & {inner, *get_args(inner)} and name != "size":
            assert annotated, f"{verb} --{name} takes any number"
            assert kind.__metadata__[0].validator, f"{verb} --{name} takes any number"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--people", "1.5"], "--people is a whole number, and 1.5 is not"),
        (["--every", "1.5"], "--every is a whole number, and 1.5 is not"),
        (["--min-confidence", "nan"], "--min-confidence is a number, and nan is not"),
        (["--threads", "100000"], "--threads is 0 (choose for me) or a number up to 1024"),
        (["--region", "-10,0,5,5"], "write --region=-10,0,5,5"),
        (["--region=-10,0,5,5"], "'-10,0,5,5' is not"),
        (["--region", "9999,0,5,5"], "lies outside of the frame, which is 640x360"),
        (["--from", "9" * 20], "it ends at"),
    ],
)
def test_numbers_are_neither_rounded_nor_endless(capsys, demo_clip, words, said):
    assert run(["video", str(demo_clip), "--no-window", *words]) in {2, 3}
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(("text", "size"), [("1280x720", (1280, 720)), ("96", (96, 96))])
def test_sizes(text, size):
    assert _options.size_of(text) == size


def test_words_are_there_in_both_languages_with_the_same_values():
    def values(text):
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for key, texts in json.loads(WORDS_FILE.read_text(encoding="utf-8")).items():
        assert set(texts) == {"en", "ru"}, key
        if isinstance(texts["en"], list):
            assert (len(texts["en"]), len(texts["ru"])) == (2, 3), key
        else:
            assert values(texts["en"]) == values(texts["ru"]), key


def test_every_word_is_used():
    source = Path(_options.__file__).parents[1]
    code = "".join(p.read_text(encoding="utf-8") for p in source.rglob("*.py"))
    for key in json.loads(WORDS_FILE.read_text(encoding="utf-8")):
        if not key.startswith("key_"):
            assert f'"{key}"' in code or f"'{key}'" in code, key


@pytest.mark.parametrize(
    ("count", "russian"),
    [(1, "1 кадр"), (3, "3 кадра"), (5, "5 кадров"), (12, "12 кадров"), (21, "21 кадр")],
)
def test_russian_counts(count, russian):
    assert counted("frames", count, "ru") == russian
    assert counted("frames", count, "en") == f"{count} frame{'s' * (count > 1)}"


def test_a_missing_word_is_an_error():
    with pytest.raises(KeyError):
        word("nonsense", "en")
