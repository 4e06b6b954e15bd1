"""One stream of frames to a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mimika.base.errors import DeviceError
from mimika.client.wire import encoded, kind_of
from mimika.schema.results import FrameResult

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BUSY = 503


class NoPlace(DeviceError):
    """The server takes no further stream, or no frame, now.

    Attributes:
        wait_s: seconds after which it is worth to try again.
    """

    def __init__(self, detail: str, wait_s: float) -> None:
        super().__init__(detail)
        self.wait_s = wait_s


class ClientStream:
    """One stream of frames to a server; see `Client.stream`."""

    def __init__(self, socket: Any, timeout_s: float) -> None:
        """Take an open WebSocket."""
        self._socket, self._timeout_s = socket, timeout_s
        hello = self._receive()
        self.labels: tuple[str, ...] = tuple(hello["labels"])

    def __call__(
        self, picture: bytes | NDArray[np.uint8], time_s: float | None = None
    ) -> FrameResult:
        """See the next frame.

        Args:
            picture: an encoded picture, or an (H, W, 3) uint8 BGR array.
            time_s: its time in seconds; the time of its arrival where None.

        Raises:
            InputError: it is no picture, damaged or too large; the stream goes on.
            DeviceError: the server went away.
        """
        if time_s is not None:
            self._socket.send(json.dumps({"time_s": time_s}))
        self._socket.send(encoded(picture))
        return FrameResult.from_dict(self._receive()["result"])

    def reset(self) -> None:
        """Forget the faces, as before another film."""
        self._socket.send('{"reset": true}')

    def _receive(self) -> dict[str, Any]:
        try:
            message: dict[str, Any] = json.loads(self._socket.recv(timeout=self._timeout_s))
        except TimeoutError as error:
            raise DeviceError("The server does not answer any more: open the stream again.") from (
                error
            )
        if message["type"] == "error":
            problem = message["problem"]
            if problem["status"] == BUSY:
                raise NoPlace(problem["detail"], float(problem.get("retry_after_s", 1)))
            raise kind_of(problem["status"])(problem["detail"])
        return message
