"""Where a batch reads and writes: a folder of this machine, or an address such as s3://bucket/in.

Addresses are whatever fsspec knows; keys and endpoints come from where its file systems look for
them, such as AWS_ACCESS_KEY_ID and AWS_ENDPOINT_URL.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Protocol

from mimika.base.errors import InputError, MimikaError, MissingExtra, OutputError
from mimika.base.files import check_writable, output_error, remove, replacing
from mimika.base.names import path_of, unreadable
from mimika.base.patterns import natural_order
from mimika.sources.addresses import without_password

if TYPE_CHECKING:
    from collections.abc import Iterator

STAMPS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "updated")
"""Under which names file systems say what a file's content is known by."""


class Storage(Protocol):
    """A folder, wherever it is; files in it appear whole or not at all."""

    name: str
    table_pause_s: float

    def check(self) -> None:
        """Find out before the work whether the folder can be written."""

    def names(self, folder: str) -> set[str]:
        """Names of the files of a folder in it; none where there is no such folder."""

    def read(self, name: str) -> bytes | None:
        """A file's content, None where there is no such file."""

    def write(self, name: str, content: bytes) -> None:
        """Write a file."""

    def remove(self, name: str) -> None:
        """Remove a file, which need not exist, and its folder where nothing else is in it."""


def open_storage(where: str | Path) -> Storage:
    """A folder, by its path or its address.

    Raises:
        MissingExtra: an address needs packages that are not installed.
    """
    return Bucket(str(where)) if is_address(str(where)) else Folder(path_of(where))


def is_address(name: str) -> bool:
    """Whether a name is an address, not a path."""
    return "://" in name


class Folder:
    """A folder of this machine; see `Storage`."""

    table_pause_s = 1.0

    def __init__(self, path: Path) -> None:
        self._path, self.name = path, str(path)

    def check(self) -> None:
        """See `Storage`.

        Raises:
            OutputError: it cannot be written.
        """
        check_writable(self._path / "recordings.csv")
        for left in self._path.glob("*/.*.part*"):
            remove(left)

    def names(self, folder: str) -> set[str]:
        """See `Storage`."""
        inside = self._path / folder
        return {path.name for path in inside.iterdir()} if inside.is_dir() else set()

    def read(self, name: str) -> bytes | None:
        """See `Storage`.

        Raises:
            InputError: it cannot be read.
        """
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InputError(
                f"{self._path / name} cannot be read ({error.strerror or error})."
            ) from error

    def write(self, name: str, content: bytes) -> None:
        """See `Storage`.

        Raises:
            OutputError: it cannot be written.
        """
        with replacing(self._path / name) as part:
            part.write_bytes(content)

    def remove(self, name: str) -> None:
        """See `Storage`.

        Raises:
            OutputError: it cannot be removed.
        """
        path = self._path / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise output_error(path, error) from error
        if path.parent != self._path:
            with suppress(OSError):  # others are in it
                path.parent.rmdir()


class Bucket:
    """A folder at an address; see `Storage`. What is put there appears whole."""

    table_pause_s = 10.0

    def __init__(self, address: str) -> None:
        """Connect; raises as `open_storage`."""
        self.name = address.rstrip("/")
        self._files, self._path = _connect(self.name)

    def check(self) -> None:
        """See `Storage`.

        Raises:
            OutputError: it cannot be reached, or not be written.
        """
        probe = f"{self._path}/.mimika"
        with _reached(self.name, OutputError):
            self._files.pipe_file(probe, b"")
            self._files.rm_file(probe)

    def names(self, folder: str) -> set[str]:
        """See `Storage`.

        Raises:
            InputError: it cannot be reached.
        """
        with _reached(self.name, InputError):
            try:
                found = self._files.ls(f"{self._path}/{folder}", detail=False, refresh=True)
            except FileNotFoundError:
                return set()
        return {PurePosixPath(name).name for name in found}

    def read(self, name: str) -> bytes | None:
        """See `Storage`.

        Raises:
            InputError: it cannot be reached.
        """
        with _reached(self.name, InputError):
            try:
                content: bytes = self._files.cat_file(f"{self._path}/{name}")
            except FileNotFoundError:
                return None
        return content

    def write(self, name: str, content: bytes) -> None:
        """See `Storage`.

        Raises:
            OutputError: it cannot be written.
        """
        with _reached(self.name, OutputError):
            self._files.pipe_file(f"{self._path}/{name}", content)

    def remove(self, name: str) -> None:
        """See `Storage`.

        Raises:
            OutputError: it cannot be removed.
        """
        with _reached(self.name, OutputError):
            try:
                self._files.rm_file(f"{self._path}/{name}")
            except FileNotFoundError:
                return


def listed(address: str, suffixes: frozenset[str]) -> list[str]:
    """The files that an address means: one, those of a folder, or those that match a pattern.

    Args:
        address: with * or ? for a pattern.
        suffixes: endings that count in a folder and behind a pattern, lower case.

    Raises:
        InputError: it cannot be reached, or there is no such file.
        MissingExtra: it needs packages that are not installed.
    """
    files, path = _connect(address)
    with _reached(address, InputError):
        if any(mark in path for mark in "*?["):
            found = files.glob(path)
        elif files.isdir(path):
            found = [each["name"] for each in files.ls(path, detail=True) if each["type"] == "file"]
        else:
            return [address]
    names = [name for name in found if PurePosixPath(name).suffix.lower() in suffixes]
    if not names:
        raise InputError(f"{address} holds no film: check the address.")
    return [
        str(files.unstrip_protocol(name))
        for name in sorted(names, key=lambda name: natural_order(Path(name)))
    ]


def stamp(name: str) -> str:
    """What a recording's content is known by: size and time, or the file system's own mark.

    Raises:
        InputError: there is no such recording, or it cannot be reached.
        MissingExtra: its address needs packages that are not installed.
    """
    if not is_address(name):
        path = Path(name)
        try:
            now = path.stat()
        except (FileNotFoundError, NotADirectoryError, ValueError) as error:
            raise InputError(f"There is no recording {path}: check the name.") from error
        except OSError as error:
            raise unreadable(path, error) from error
        return f"{path.resolve()} {now.st_size} {now.st_mtime_ns}"
    files, path_there = _connect(name)
    with _reached(name, InputError):
        about = files.info(path_there)
    mark = next((str(about[key]) for key in STAMPS if about.get(key)), "")
    return f"{name} {about.get('size')} {mark}"


class RemoteFile:
    """A file at an address, as PyAV reads it; what fails on the way is kept.

    FFmpeg takes a failed read for the file's end, so a film would seem to break off where the
    network did.

    Attributes:
        failed: why reading failed, None where it did not.
    """

    def __init__(self, address: str) -> None:
        """Open it.

        Raises:
            InputError: it cannot be reached.
            MissingExtra: it needs packages that are not installed.
        """
        files, path = _connect(address)
        self.name, self.failed = address, ""
        with _reached(address, InputError):
            self._file: Any = files.open(path, "rb", cache_type="readahead", block_size=1 << 22)

    def read(self, size: int = -1) -> bytes:
        """Read at most `size` bytes."""
        try:
            found: bytes = self._file.read(size)
        except Exception as error:
            self.failed = _reason(error)
            raise OSError(self.failed) from error
        return found

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place; see `io.IOBase.seek`."""
        return int(self._file.seek(place, whence))

    def tell(self) -> int:
        """The place."""
        return int(self._file.tell())

    def close(self) -> None:
        """Free it."""
        self._file.close()


def _connect(address: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtra("Reading from an address", "cluster") from error
    try:
        files, path = url_to_fs(address)
    except ImportError as error:
        raise InputError(
            f"{without_password(address)} needs a package that is not installed: {error}."
        ) from error
    except Exception as error:
        raise InputError(
            f"{without_password(address)} is no address that can be read ({_reason(error)})."
        ) from error
    return files, str(path).rstrip("/")


@contextmanager
def _reached(address: str, kind: type[MimikaError]) -> Iterator[None]:
    """Put whatever a file system raises, which is its own affair, into a sentence."""
    name = without_password(address)
    try:
        yield
    except MimikaError:
        raise
    except PermissionError as error:
        raise kind(
            f"{name}: you have no rights there; check its keys ({_reason(error)})."
        ) from error
    except FileNotFoundError as error:
        raise kind(f"There is no {name}: check the address ({_reason(error)}).") from error
    except Exception as error:
        if "credentials" in str(error).lower():
            raise kind(
                f"{name}: you have no rights there; give its keys ({_reason(error)})."
            ) from error
        raise kind(
            f"{name} cannot be reached: check the address and the network ({_reason(error)})."
        ) from error


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
