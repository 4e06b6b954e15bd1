"""A command line that is stopped by Ctrl-C after so many frames."""

from __future__ import annotations

from mimika.apps.cli.main import run
from mimika.timeline import summary


def interrupted_run(monkeypatch, summary_of: str, words: list[str], after: int) -> int:
    """Run `words` and press Ctrl-C after `after` frames; the exit code.

    Args:
        monkeypatch: pytest's.
        summary_of: the name by which the verb finds `Summary`, such as `module.Summary`.
        words: of the command line.
        after: frames.
    """

    class Summary(summary.Summary):
        def add(self, result):
            super().add(result)
            if self.frames >= after:
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(summary_of, Summary)
        return run(words)
