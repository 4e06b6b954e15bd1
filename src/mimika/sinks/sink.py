"""What every sink keeps to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from mimika.schema.results import FrameResult
    from mimika.sources.frame import Frame


@runtime_checkable
class Sink(Protocol):
    """Takes each frame with its result; a context manager.

    What it writes appears whole under its final name when it is closed, also after Ctrl-C or an
    error in the body: then what was written until there is kept. Only where nothing was written,
    or writing itself failed, is there no file.
    """

    def write(self, frame: Frame, result: FrameResult) -> None:
        """Take one frame and what was seen in it."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
    def close(self) -> None:
        """Finish what is being written; more than once does no harm."""


@runtime_checkable
class PictureFree(Protocol):
    """What a sink says that looks at no picture: frames between two looks need not be decoded.

    Attributes:
        picture_free: it reads of a frame only its time, number, name and size.
    """

    picture_free: bool
