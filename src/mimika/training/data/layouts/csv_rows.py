"""CSV files as people and Excel have them: UTF-16, BOM, semicolons, tabs, no header."""

from __future__ import annotations

import codecs
import csv
import re
from typing import TYPE_CHECKING

from mimika.base.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DELIMITERS = ",;\t|"
LONGEST_CELL = 2**20
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""How the Unicode text begins that Excel saves."""
EXCEL_DELIMITER = re.compile(r"sep=(.?)", re.IGNORECASE)
"""A first line for Excel alone, which names the delimiter."""


def first_row(path: Path) -> list[str]:
    """Return the first row, tidied; [] where the file is empty.

    Raises:
        InputError: it cannot be read, or is not text.
    """
    return next((row for _, row in rows(path)), [])


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number (from 1) and cells of every row that is not empty; cells are stripped.

    The delimiter is the one of `DELIMITERS` that the first line with anything has most of.

    Raises:
        InputError: it cannot be read, or is not text.
    """
    csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open("rb") as raw:
            encoding = "utf-16" if raw.read(2) in UTF16 else "utf-8-sig"
        with path.open(encoding=encoding, newline="") as file:
            lines = iter(lambda: file.readline(LONGEST_CELL), "")
            start = next((line for line in lines if line.strip()), "")
            file.seek(0)
            delimiter = max(DELIMITERS, key=start.count) if start else ","
            reader = csv.reader(file, delimiter=delimiter)
            for row in reader:
                cells = [cell.strip() for cell in row]
                if any("\0" in cell for cell in cells):
                    raise InputError(
                        f"{path} line {reader.line_num} holds what is no text: save it as CSV."
                    )
                if any(cells) and not EXCEL_DELIMITER.fullmatch(delimiter.join(row).strip()):
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
