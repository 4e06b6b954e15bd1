"""A video that a server analyses."""

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
    """A video that a server analyses; see `Client.video`.

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

    def wait(self, told: Callable[[dict[str, Any]], None] = lambda _: None) -> dict[str, Any]:
        """Wait for its end and return the last state, with the summary.

        Args:
            told: called with every state on the way, for a progress bar.

        Raises:
            InputError: the video cannot be analysed.
        """
        while (state := self.state())["state"] in ("queued", "running"):
            told(state)
            time.sleep(ASK_EVERY_S)
        if state["state"] == "failed":
            raise InputError(state["error"])
        told(state)
        return state

    def save(
        self,
        *,
        output: str | os.PathLike[str] | None = None,
        csv: str | os.PathLike[str] | None = None,
        jsonl: str | os.PathLike[str] | None = None,
    ) -> None:
        """Save results of a finished job: the annotated film, the table, the lines of JSON.

        Raises:
            OutputError: a file cannot be written.
        """
        files = self.state()["files"]
        if files is None:
            raise UsageError("The video is not done: call wait() first.")
        for kind, target in (("video", output), ("csv", csv), ("jsonl", jsonl)):
            if target is not None:
                self._client._download(files[kind], Path(target))

    def cancel(self) -> None:
        """End it where it still runs, and remove it from the server."""
        self._client._ask("DELETE", f"/v1/videos/{self.id}")
