"""A local film opens no other file and calls no address."""

from __future__ import annotations

import socket

import pytest

from helpers.attacks import disguised
from mimika.base.errors import InputError
from mimika.sources.video import Video


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXTINF:9,\n{film}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile {film}\n",
        "v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    ],
)
def test_a_playlist_is_not_followed_and_the_message_says_so(tmp_path, demo_clip, text):
    path = tmp_path / "film.mp4"
    path.write_text(text.format(film=demo_clip))
    with pytest.raises(InputError, match="list of other files or addresses"):
        Video(path)


def test_no_address_is_called(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        for number, content in enumerate(disguised(listener.getsockname()[1])):
            path = tmp_path / f"{number}.mp4"
            path.write_bytes(content)
            with pytest.raises(InputError):
                Video(path)
        with pytest.raises(TimeoutError):
            listener.accept()
