"""Network streams: addresses that do not answer, passwords that are not shown."""

from __future__ import annotations

import socket
import threading

import pytest

from mimika.errors import InputError
from mimika.media.stream import Stream, without_password


def test_nobody_there_is_one_sentence():
    with pytest.raises(InputError, match="does not answer") as caught:
        Stream("http://user:secret@127.0.0.1:9/film")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_somebody_who_never_answers_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/film"
        with pytest.raises(InputError, match="does not answer"):
            Stream(address, timeout_s=0.5)


def test_an_answer_that_is_no_film():
    def answer(server):
        client, _ = server.accept()
        with client:
            client.recv(1000)
            client.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server,), daemon=True)
        thread.start()
        with pytest.raises(InputError, match="does not answer"):
            Stream(f"http://127.0.0.1:{server.getsockname()[1]}/film", timeout_s=2)
        thread.join(2)


def test_passwords_are_not_shown():
    assert without_password("rtsp://me:pw@cam.local:554/live?x=pw") == "rtsp://cam.local:554/live"
