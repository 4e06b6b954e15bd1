"""What `auto` keeps and what it passes over; fakes stand for engines that are not here."""

from __future__ import annotations

import pytest

from mimika.base.errors import ModelError
from mimika.engines import agreement, choice
from mimika.engines.onnxruntime_cpu import CpuSession
from mimika.engines.refusal import EngineRefusal


class FakeSession:
    """The CPU's answers, bent."""

    def __init__(self, name, path, bend):
        self._cpu = CpuSession(path, 1)
        self.engine, self._bend = name, bend
        self.inputs, self.outputs = self._cpu.inputs, self._cpu.outputs
        self.metadata, self.notes = self._cpu.metadata, ()

    def run(self, names, feeds):
        return [self._bend(array) for array in self._cpu.run(names, feeds)]


class FakeEngine:
    def __init__(self, name, *, lacks="", refuses="", bend=lambda array: array, version="1"):
        self.name, self._lacks, self._refuses, self._bend = name, lacks, refuses, bend
        self._version, self.opened = version, 0

    def installed(self):
        return not self._lacks

    def how_to_install(self):
        return self._lacks

    def version(self):
        return self._version

    def open_network(self, path, threads):
        self.opened += 1
        if self._refuses:
            raise EngineRefusal(self.name, self._refuses)
        return FakeSession(self.name, path, self._bend)


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """Every other engine is twice as fast as the CPU, whatever this machine is doing."""
    monkeypatch.setattr(agreement, "_race", lambda *_: (1.0, 2.0))


def choose(path, *engines):
    return choice.choose(path, 1, {engine.name: engine for engine in engines})


def test_the_first_that_loads_and_agrees(default_model):
    first = FakeEngine("first", refuses="finds no GPU")
    wrong = FakeEngine("wrong", bend=lambda array: array[:, ::-1])
    good, late = FakeEngine("good"), FakeEngine("late")
    session = choose(default_model, first, wrong, good, late)
    assert session.engine == "good"
    assert late.opened == 0
    (line,) = session.notes
    assert line.startswith("default.onnx runs on good; passed over: first, which finds no GPU;")
    assert "wrong, whose answers differ" in line
    assert "\n" not in line


def test_what_is_not_installed_is_not_mentioned(default_model):
    absent = FakeEngine("absent", lacks="run `pip install absent`")
    session = choose(default_model, absent)
    assert session.engine == "cpu"
    assert session.notes == ()
    assert absent.opened == 0


@pytest.mark.parametrize(
    "bend",
    [
        lambda array: array * 1.2,
        lambda array: array * float("nan"),
        lambda array: array[:, :-1],
        lambda array: array * 0,
    ],
)
def test_wrong_answers_never_run(default_model, bend):
    session = choose(default_model, FakeEngine("wrong", bend=bend))
    assert session.engine == "cpu"
    assert "wrong, whose answers" in session.notes[0]
    assert "inf" not in session.notes[0]


def test_small_differences_of_rounding_are_no_fault(default_model):
    assert choose(default_model, FakeEngine("close", bend=lambda a: a + 1e-4)).engine == "close"


def test_what_is_slower_than_the_processor_is_passed_over(default_model, monkeypatch):
    monkeypatch.setattr(agreement, "_race", lambda *_: (5.0, 2.0))
    session = choose(default_model, FakeEngine("slow"))
    assert session.engine == "cpu"
    assert "slow, which takes 5.0 ms where the processor takes 2.0 ms" in session.notes[0]


def test_the_next_start_needs_no_comparison(default_model, monkeypatch):
    wrong = FakeEngine("wrong", bend=lambda array: array * 2)
    good = FakeEngine("good")
    assert choose(default_model, wrong, good).engine == "good"
    monkeypatch.setattr(choice, "compare", lambda *_: pytest.fail("compared again"))
    assert choose(default_model, wrong, good).engine == "good"
    assert wrong.opened == 1


def test_a_new_version_is_compared_again(default_model):
    assert choose(default_model, FakeEngine("e", bend=lambda a: a * 2)).engine == "cpu"
    assert choose(default_model, FakeEngine("e", version="2")).engine == "e"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"agrees": true}'])
def test_a_broken_memory_is_no_memory(default_model, cache, text):
    choose(default_model, FakeEngine("e", bend=lambda a: a * 2))
    (remembered,) = cache.glob("choice-*.json")
    remembered.write_text(text)
    assert choose(default_model, FakeEngine("e", bend=lambda a: a * 2)).engine == "cpu"


def test_without_a_cache_folder_it_chooses_all_the_same(default_model, cache):
    cache.parent.write_text("a file where the folder would be")
    assert choose(default_model, FakeEngine("e")).engine == "e"


def test_a_broken_model_is_said_at_once(tmp_path):
    path = tmp_path / "m.onnx"
    path.write_bytes(b"no model")
    with pytest.raises(ModelError):
        choose(path, FakeEngine("e"))
