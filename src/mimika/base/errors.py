"""Everything that Mimika raises on purpose.

    MimikaError
    ├── UsageError          a wrong option or argument                         exit 2
    ├── InputError          a picture, video, camera or data set is unusable   exit 3
    ├── ModelError          a model file is unusable                           exit 4
    ├── DeviceError         a camera, screen, accelerator is absent or busy    exit 5
    │   ├── CameraNotFound
    │   ├── CameraBusy
    │   └── NoDisplay
    ├── OutputError         a result cannot be written                         exit 6
    ├── MissingExtra        a feature needs a package that is not installed    exit 7
    └── IncompleteInput     done, but a film broke off before its end          exit 8

A message is one sentence, or two, that say what is wrong and what to do next. The command line
prints it without a traceback and leaves with the exit code; Ctrl-C leaves with 130.
"""

from __future__ import annotations

from mimika.base.extras import install_command, pip_command


class MimikaError(Exception):
    """Base of all errors that Mimika raises on purpose; `str(error)` is fit for a user."""

    exit_code: int = 1


class UsageError(MimikaError):
    """An option or argument is wrong."""

    exit_code = 2


class InputError(MimikaError):
    """A picture, a video, a stream or a data set is missing, broken or unusable."""

    exit_code = 3


class ModelError(MimikaError):
    """A model file is missing, broken, without a card, or does not keep its card's word."""

    exit_code = 4


class DeviceError(MimikaError):
    """A camera, a screen or an accelerator is absent, busy or refuses."""

    exit_code = 5


class CameraNotFound(DeviceError):
    """There is no such camera."""


class CameraBusy(DeviceError):
    """The camera exists, and another program holds it."""


class NoDisplay(DeviceError):
    """There is no screen to open a window on."""


class OutputError(MimikaError):
    """A result cannot be written: no permission, no space, no such folder."""

    exit_code = 6


class MissingExtra(MimikaError):
    """A feature needs packages that the base install leaves out."""

    exit_code = 7

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs packages that the base install leaves out: "
            f"run `{install_command(extra)}` and try again."
        )


class MissingPackage(MimikaError):
    """A feature needs a package that no extra may bring, as it would overwrite another."""

    exit_code = 7

    def __init__(self, feature: str, package: str, otherwise: str) -> None:
        super().__init__(
            f"{feature} the package {package}: run `{pip_command()} install --no-deps {package}` "
            f"and try again, {otherwise}."
        )


class IncompleteInput(MimikaError):
    """The work is done and its results are kept, but the source broke off before its end."""

    exit_code = 8


# What Python, its loader of libraries, FFmpeg, OpenCV and ONNX Runtime call it.
MEMORY_WORDS = (
    "failed to map segment",
    "failed to allocate memory",
    "cannot allocate memory",
    "insufficient memory",
    "bad_alloc",
    "can't start new thread",
)

LEAST_LEFT = 64_000_000
"""Bytes; libraries and networks take more."""


def out_of_memory(error: BaseException) -> bool:
    """Whether an exception means that the system gave no more memory."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(part in words for part in MEMORY_WORDS)


def memory_is_full() -> bool:
    """Whether the system gives this process no more memory, as where an import came half."""
    try:
        bytearray(LEAST_LEFT)
    except MemoryError:
        return True
    return False
