"""Names of files in text: file systems keep bytes, which need not be UTF-8."""

from __future__ import annotations


def as_text(name: str) -> str:
    r"""Return a file's name as text that every encoding of Unicode takes.

    Bytes that are no UTF-8, which Python carries as lone surrogates (PEP 383), become escapes such
    as \xe9; other names stay as they are.
    """
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
