"""A Mimika server, from Python."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urljoin

from mimika.base.address import DEFAULT_URL
from mimika.base.closing import Closing
from mimika.base.errors import DeviceError, InputError, MissingExtra, UsageError
from mimika.base.files import replacing
from mimika.client.stream import ClientStream, NoPlace
from mimika.client.video import VideoJob
from mimika.client.wire import encoded, error_of
from mimika.schema.results import FrameResult

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    import httpx
    import numpy as np
    from numpy.typing import NDArray


MOST_TRIES = 5
LONGEST_WAIT_S = 10.0


class Client(Closing):
    """A Mimika server. Calls from several threads do no harm."""

    def __init__(self, url: str = DEFAULT_URL, *, token: str = "", timeout_s: float = 60.0) -> None:
        """Begin; nothing is sent yet.

        Args:
            url: the server's address; a token in its fragment, as the server prints it, is used.
            token: what the server asks for.
            timeout_s: longest wait for an answer in seconds.

        Raises:
            MissingExtra: the `serve` extra is not installed.
            UsageError: that is no address.
        """
        if any(find_spec(name) is None for name in ("httpx", "websockets")):
            raise MissingExtra("The client", "serve")
        import httpx

        self.url, _, fragment = url.partition("#")
        self.url = self.url.rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise UsageError(f"{url!r} is not a server's address such as {DEFAULT_URL}.")
        token = token or fragment.removeprefix("token=")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout_s = timeout_s
        self._http = httpx.Client(base_url=self.url, headers=self._headers, timeout=timeout_s)

    def analyze(self, picture: str | os.PathLike[str] | bytes | NDArray[np.uint8]) -> FrameResult:
        """Find the faces of one picture and their emotions.

        Args:
            picture: a path, the bytes of an encoded picture, or an (H, W, 3) uint8 BGR array.

        Raises:
            InputError: the picture is missing, broken, too large or not a picture.
            DeviceError: the server cannot be reached, or stays overloaded.
            UsageError: the token is missing or wrong.
        """
        answer = self._ask("POST", "/v1/analyze", content=encoded(picture))
        return FrameResult.from_dict(answer.json())

    def model(self) -> dict[str, Any]:
        """What the server's model says of itself: labels, figures, license, engine."""
        card: dict[str, Any] = self._ask("GET", "/v1/model").json()
        return card

    def video(self, path: str | os.PathLike[str], *, lang: Literal["en", "ru"] = "en") -> VideoJob:
        """Send a video to be analyzed.

        Args:
            path: a video file.
            lang: language of the words in the annotated film.

        Raises:
            InputError: it is missing, not a video, or over the server's limits.
            DeviceError: the server cannot be reached, or stays overloaded.
        """
        path = Path(path)
        if not path.is_file():
            raise InputError(f"There is no video {path}: check the name.")
        # Opened anew for each try, as a file that was sent is at its end.
        job = self._ask("POST", "/v1/videos", params={"lang": lang}, file=path).json()
        return VideoJob(self, str(job["id"]))

    @contextmanager
    def stream(self) -> Iterator[ClientStream]:
        """Open a stream: faces keep their number and probabilities are smoothed over time.

        with client.stream() as see, mimika.open_source(0) as camera:
            for frame in camera:
                result = see(frame.image, frame.time_s)

        Raises:
            DeviceError: the server cannot be reached, or has no place.
            UsageError: the token is missing or wrong.
        """
        from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

        try:
            with ExitStack() as stack:
                yield self._open_stream(stack)
        except InvalidStatus as error:
            raise error_of(error.response.status_code, bytes(error.response.body or b"")) from error
        except ConnectionClosed as error:
            reason = (error.rcvd.reason if error.rcvd else "") or "it went away"
            raise DeviceError(f"The server ended the stream ({reason}): open it again.") from error
        except (OSError, InvalidHandshake) as error:
            raise self._unreachable() from error

    def _open_stream(self, stack: ExitStack) -> ClientStream:
        """Open a stream; wait and try again while the server has no place."""
        from websockets.sync.client import connect

        for attempt in range(MOST_TRIES):
            opening = connect(
                self.url.replace("http", "ws", 1) + "/v1/stream",
                additional_headers=self._headers,
                compression=None,
                open_timeout=self._timeout_s,
            )
            try:
                with ExitStack() as opened:
                    see = ClientStream(opened.enter_context(opening), self._timeout_s)
                    stack.push(opened.pop_all())
                    return see
            except NoPlace as error:
                if attempt == MOST_TRIES - 1:
                    raise
                time.sleep(min(LONGEST_WAIT_S, error.wait_s))
        raise AssertionError

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(
        self, method: str, path: str, *, file: Path | None = None, **options: Any
    ) -> httpx.Response:
        """Send a request; wait and try again while the server has enough to do."""
        import httpx

        for attempt in range(MOST_TRIES):
            try:
                if file is None:
                    answer = self._http.request(method, path, **options)
                else:
                    with file.open("rb") as content:
                        answer = self._http.request(method, path, content=content, **options)
            except httpx.HTTPError as error:
                raise self._unreachable() from error
            if answer.status_code not in (429, 503) or attempt == MOST_TRIES - 1:
                break
            asked = answer.headers.get("retry-after", "1")
            wait_s = float(asked) if asked.isdigit() else 1.0
            time.sleep(min(LONGEST_WAIT_S, wait_s * 2**attempt))
        if answer.is_error:
            raise error_of(answer.status_code, answer.content)
        return answer

    def _download(self, path: str, target: Path) -> None:
        import httpx

        try:
            with (
                self._http.stream("GET", urljoin(self.url, path)) as answer,
                replacing(target) as part,
            ):
                if answer.is_error:
                    raise error_of(answer.status_code, answer.read())
                with part.open("wb") as file:
                    for chunk in answer.iter_bytes():
                        file.write(chunk)
        except httpx.HTTPError as error:
            raise self._unreachable() from error

    def _unreachable(self) -> DeviceError:
        return DeviceError(
            f"The server at {self.url} does not answer: start it with `mimika serve`, or check the "
            "address."
        )
