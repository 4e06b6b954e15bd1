"""CSV files as people have them: BOM, CRLF, semicolons, tabs, with and without a header."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from mimika.base.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DELIMITERS = ",;\t|"
LONGEST_CELL = 2**20


def first_row(path: Path) -> list[str]:
    """Return the first row, tidied; [] where the file is empty.

    Raises:
        InputError: it cannot be read, or is not text.
    """
    return next((row for _, row in rows(path)), [])


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number (from 1) and cells of every row that is not empty; cells are stripped.

    The delimiter is the one of `DELIMITERS` that the first line has most of.

    Raises:
        InputError: it cannot be read, or is not text.
    """
    csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            start = file.readline(LONGEST_CELL)
            file.seek(0)
            delimiter = max(DELIMITERS, key=start.count) if start else ","
            reader = csv.reader(file, delimiter=delimiter)
            for row in reader:
                cells = [cell.strip() for cell in row]
                if any(cells):
                    yield reader.line_num, cells
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: save it again as CSV in UTF-8.") from error
    except csv.Error as error:
        raise InputError(f"{path} is not a CSV file ({error}): save it again as CSV.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the name.") from error


def column(header: list[str], names: tuple[str, ...]) -> int | None:
    """Return where the first column with one of `names` is, in the order of the names; or None."""
    tidy = [cell.casefold().replace(" ", "_") for cell in header]
    return next((tidy.index(name) for name in names if name in tidy), None)
