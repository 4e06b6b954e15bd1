"""A video that a server analyzes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimika.base.errors import InputError, UsageError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from mimika.client.client import Client

ASK_EVERY_S = 0.5


class VideoJob:
    """A video that a server analyzes; see `Client.video`.

    Attributes:
        id: its name on the server.
    """

    def __init__(self, client: Client, id: str) -> None:
        """Take a job that was submitted."""
        self._client, self.id = client, id

    def state(self) -> dict[str, Any]:
        """How far it is: `state`, `progress`, `frames`, `summary` …; see docs/server.md."""
        answer: dict[str, Any] = self._client._ask("GET", f"/v1/videos/{self.id}").json()
        return answer

    def wait(
        self, on_progress: Callable[[dict[str, Any]], None] = lambda _: None
    ) -> dict[str, Any]:
        """Wait for its end and return the last state, with the summary.

        Args:
            on_progress: called with every state on the way, for a progress bar.

        Raises:
            InputError: the video cannot be analyzed.
        """
        while (state := self.state())["state"] in ("queued", "running"):
            on_progress(state)
            time.sleep(ASK_EVERY_S)
        if state["state"] == "failed":
            raise InputError(state["error"])
        on_progress(state)
        return state

    def save(self, **files: str | os.PathLike[str]) -> None:
        """Save results of a finished job.

            job.save(output="seen.mp4", csv="seen.csv")

        Args:
            files: what to save, by the sinks' names, to where: `output` (the annotated film),
                `csv`, `jsonl`, and `parquet` where the server can write it.

        Raises:
            UsageError: the job is not done, or the server has no such file.
            OutputError: a file cannot be written.
        """
        offered = self.state()["files"]
        if offered is None:
            raise UsageError("The video is not done: call wait() first.")
        if missing := files.keys() - offered.keys():
            raise UsageError(
                f"The server has no {', '.join(sorted(missing))} of the video: "
                f"it has {', '.join(offered)}."
            )
        for kind, target in files.items():
            self._client._download(offered[kind], Path(target))

    def cancel(self) -> None:
        """End it where it still runs, and remove it from the server."""
        self._client._ask("DELETE", f"/v1/videos/{self.id}")
