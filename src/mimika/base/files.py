"""Files appear whole or not at all: written beside as `*.part`, renamed when they are complete."""

from __future__ import annotations

import errno
import glob
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mimika.base.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def part_of(path: Path) -> Path:
    """Where `path` is written until it is complete: beside it, so that renaming is one step."""
    return path.with_name(f".{path.name}.{os.getpid()}.part{path.suffix}")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; rename it when the block ends well.

    Missing folders are made. When the block raises, the part is removed and an older `path` stays
    as it was.

    Raises:
        OutputError: the folder or file cannot be written, or the disk is full.
    """
    part = part_of(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(path)
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        remove(part)


def remove(part: Path) -> None:
    """Remove a part that may not exist."""
    try:
        part.unlink(missing_ok=True)
    except OSError:
        # A folder that is gone or was never writable holds nothing to remove.
        return


def remove_left_parts(path: Path) -> None:
    """Remove the parts of `path` that killed programs have left; those of running ones stay."""
    pattern = f".{path.name}.*.part*"
    for part in path.parent.glob(glob.escape(pattern).replace("[*]", "*")):
        number = part.name.removeprefix(f".{path.name}.").partition(".")[0]
        if number.isdecimal() and not _runs(int(number)):
            remove(part)


def _runs(process: int) -> bool:
    """Whether a process runs; under Windows a file that one holds open is not removed anyway."""
    if os.name == "nt":
        return process == os.getpid()
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def check_writable(path: Path) -> None:
    """Find out before the work whether `path` can be written; parts of killed runs are removed.

    Nothing is left of it: missing folders are not made, but the folder is tried that they will
    stand in.

    Raises:
        OutputError: it cannot; or it is a folder.
    """
    part = None
    try:
        if path.is_dir():
            raise OutputError(f"{path} is a folder: give the name of a file in it.")
        folder = next(each for each in path.parents if each.exists())
        # Once the folder before the dots is made, such a name may be that of an older file.
        if ".." in path.parts[len(folder.parts) :]:
            raise OutputError(f"{path} leads through a folder that is not there: leave it out.")
        remove_left_parts(path)
        part = folder / part_of(path).name
        part.touch()
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, "write-protected")
    except OSError as error:
        raise output_error(path, error) from error
    finally:
        if part is not None:
            remove(part)


def begin(path: Path) -> Path:
    """Check that `path` can be written, make its folder, and return the part to write to.

    Raises:
        OutputError: it cannot be written; or it is a folder.
    """
    check_writable(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(path, error) from error
    return part_of(path)


def check_distinct(outputs: Iterable[Path], inputs: Iterable[str | Path] = ()) -> None:
    """Refuse an output that is an input, or another output.

    Args:
        outputs: the files to be written.
        inputs: what is read; names that are no files (addresses, cameras) do no harm.

    Raises:
        OutputError: writing one would destroy another.
    """
    read = [Path(each) for each in inputs]
    seen: list[Path] = []
    for path in outputs:
        if any(_same(path, other) for other in read):
            raise OutputError(f"{path} is what is read: give the result another name.")
        if any(_same(path, other) for other in seen):
            raise OutputError(f"{path} is named for two results: give each a name of its own.")
        seen.append(path)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        # One of them is not there, or is no file's name at all.
        return one.absolute() == other.absolute()


def output_error(path: Path, error: OSError) -> OutputError:
    """Put a failed write into a sentence that says what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputError(f"{path} cannot be written, the disk is full: free some space.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"{path} cannot be written: you may not write there; choose another.")
    reason = error.strerror or str(error) or "no reason given"
    return OutputError(f"{path} cannot be written ({reason}): choose another place.")
