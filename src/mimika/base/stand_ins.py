"""What lies in the place of a model, a film or a picture that was not downloaded."""

from __future__ import annotations

LFS = b"version https://git-lfs"


def stand_in(head: bytes) -> str:
    """Say what a file is that stands for another; "" where it is none that is known.

    Args:
        head: the file's first bytes, some hundreds.

    Returns:
        The rest of a sentence that begins with the file's name.
    """
    begin = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if begin.startswith(LFS):
        return "is a pointer of Git LFS, not the file itself: run `git lfs pull` where it is from."
    if begin.startswith((b"<!doctype html", b"<html")):
        return "is a web page, not the file that was meant: open its address in a browser."
    return ""
