"""Which kinds of films FFmpeg may open: those that are in their file, not those that name others.

A playlist (HLS, DASH, SDP, concat …) is a text with addresses, which FFmpeg opens in its turn: a
film from a stranger could so read other files, or call other machines.
"""

from __future__ import annotations

from pathlib import Path

FORMATS = ",".join(
    (
        # FFmpeg's names; one of several that a kind has is enough.
        "mov,matroska,avi,flv,live_flv,ogg,mpeg,mpegvideo,mpegts,mpegtsraw,asf,gif,apng,webp_pipe",
        "h261,h263,h264,hevc,vvc,evc,av1,obu,ivf,m4v,mjpeg,mjpeg_2000,vc1,vc1test,dirac,dnxhd,apv",
        "cavsvideo,avs2,avs3,yuv4mpegpipe,nut,nuv,nsv,mxf,gxf,lxf,dv,rm,wtv,swf,mlv,cine,r3d,ty,pva",
        "dhav,kux,iv8,flic,roq,smk,bink,film_cpk,4xm,ea,vmd,amv,mtv,vivo,dxa,mpjpeg,moflex,thp,xmv",
        # Sound, of which is said that it has no pictures.
        "mp3,wav,w64,flac,aac,ac3,aiff,au,caf",
    )
)
TEXT_BEGINNINGS = (b"#EXTM3U", b"ffconcat", b"v=0", b"[playlist]", b"[Reference]")
PICTURE_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"BM")
HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}
)
FILM_BEGINNINGS = (b"\x1a\x45\xdf\xa3", b"GIF8", b"OggS", b"FLV\x01")
HEAD = 4096


def demuxing(original: str) -> dict[str, str]:
    """FFmpeg's options to open a film: of a local file only what is in that file.

    Args:
        original: a path or an address; an address is taken as it is, as the user gave it.
    """
    if "://" in original:
        return {}
    return {"format_whitelist": FORMATS, "protocol_whitelist": "file"}


def names_others(original: str) -> bool:
    """Whether a local file is a list of other files or addresses."""
    head = head_of(original).lstrip(b"\xef\xbb\xbf \r\n\t")
    return head.startswith(TEXT_BEGINNINGS) or b"<MPD" in head


def is_picture(original: str) -> bool:
    """Whether a local file is a picture, still or animated and no GIF, whatever its name says."""
    head = head_of(original)
    return head.startswith(PICTURE_BEGINNINGS) or head[8:12] == b"WEBP" or is_heif(head)


def is_heif(head: bytes) -> bool:
    """Whether a file that begins so is a HEIC or AVIF: boxes as in MP4, and no film."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS


def begins_as_film(original: str) -> bool:
    """Whether a local file begins as usual kinds of films do, whatever its name says."""
    head = head_of(original)
    boxes = head[4:8] in (b"ftyp", b"moov", b"mdat") and not is_heif(head)
    return head.startswith(FILM_BEGINNINGS) or head[8:12] == b"AVI " or boxes


def head_of(original: str) -> bytes:
    """The first bytes of a local file; none where it cannot be read, as a pipe can but once."""
    path = Path(original)
    if not path.is_file():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""
