"""CONTRIBUTING.md, "A sink", done as it is written there."""

from __future__ import annotations

import re

from helpers.guide import steps

CUE = re.compile(r"^(\S+) --> (\S+)\n(.+)$", re.MULTILINE)

WATCH = """
import mimika
class Words:
    words = []
    def write(self, frame, result):
        words = ", ".join(f"{f.track_id}: {f.emotion}" for f in result.faces)
        if not self.words or self.words[-1] != words:
            self.words.append(words)
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def close(self): pass
mimika.process("film.mp4", sinks=[Words(), "process.vtt"])
print("\\n".join(word for word in Words.words if word))
"""


def test_a_sink_is_a_file_and_an_entry(copy):
    walk = steps("A sink")
    assert len({step.path for step in walk}) == 2
    for step in walk:
        copy.take(step)
    copy.lint()

    copy.tests("sinks/test_sink_contract.py", "-k", "subtitles")
    expected = copy.python("-c", WATCH).split("\n")[:-1]
    copy.mimika("video", "film.mp4", "--subtitles", "line.vtt")
    for name in ("process.vtt", "line.vtt"):
        text = (copy.root / name).read_text(encoding="utf-8")
        assert text.startswith("WEBVTT\n\n")
        cues = CUE.findall(text)
        assert [words for *_, words in cues] == expected
        assert all(begin < end for begin, end, _ in cues)
    assert len(expected) >= 2

    assert "--subtitles" in copy.mimika("video", "--help")
    page = "from mimika.apps.cli._results_page import page; print(page())"
    assert "`--subtitles`" in copy.python("-c", page)
