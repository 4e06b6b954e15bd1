"""Webhooks go to the servers that the operator named, wherever their names lead later."""

from __future__ import annotations

import http.server
import logging
import socket
import threading
import time

import pytest

from helpers.waiting import LONGEST_S
from mimika.apps.server import webhook
from mimika.apps.server.problems import Problem
from mimika.apps.server.webhook import Webhooks, check_webhook

JOB = {"id": "x", "state": "done"}


class Server(http.server.ThreadingHTTPServer):
    """Notes what it is asked, and answers with a status."""

    def __init__(self, status=204, location=""):
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.location, self.seen = status, location, []
        self.asked = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((self.path, self.headers["host"]))
        self.server.asked.set()
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815 - http.server's names

    def log_message(self, *_):
        pass


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.fixture
def leads(monkeypatch):
    """Where names lead; a server that an attacker keeps may change it."""
    table = {}
    plain = socket.getaddrinfo

    def found(host, port, *rest, **options):
        if host not in table and host != "127.0.0.1":
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return plain(table.get(host, host), port, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return table


def test_a_redirect_is_not_followed(leads):
    other = Server()
    friend = Server(307, f"{other.address}/secret")
    Webhooks([friend.address]).tell(f"{friend.address}/done", JOB)
    host = f"127.0.0.1:{friend.server_port}"
    assert (friend.seen, other.seen) == ([("/done", host)], [])


@pytest.mark.parametrize("private", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1", "fe80::1"])
def test_a_name_that_becomes_private_is_called_no_more(leads, monkeypatch, caplog, private):
    friend = f"http://friend.example:{Server().server_port}"
    leads["friend.example"] = "93.184.216.34"
    webhooks = Webhooks([friend])
    called = []
    monkeypatch.setattr(
        "httpx.Client.post", lambda *words, **_: called.append(words) or pytest.fail("called")
    )
    leads["friend.example"] = private
    with caplog.at_level(logging.WARNING, "uvicorn.error"):
        webhooks.tell(f"{friend}/done", JOB)
    assert called == []
    assert "three tries" in caplog.text


def test_a_name_that_is_private_from_the_start_is_the_operators(leads):
    server = Server()
    friend = f"http://backend:{server.server_port}"
    leads["backend"] = "127.0.0.1"
    Webhooks([friend]).tell(f"{friend}/done?x=1", JOB)
    assert server.seen == [("/done?x=1", f"backend:{server.server_port}")]


def test_a_name_that_leads_nowhere_at_the_start_is_not_private(leads, monkeypatch):
    server = Server()
    friend = f"http://backend:{server.server_port}"
    webhooks = Webhooks([friend])
    leads["backend"] = "127.0.0.1"
    webhooks.tell(f"{friend}/done", JOB)
    assert server.seen == []


def test_a_proxy_of_the_environment_is_not_asked(leads, monkeypatch):
    proxy, server = Server(), Server()
    monkeypatch.setenv("HTTP_PROXY", proxy.address)
    Webhooks([server.address]).tell(f"{server.address}/done", JOB)
    assert (len(server.seen), proxy.seen) == (1, [])


def test_a_server_that_fails_is_asked_three_times(leads, caplog):
    server = Server(500)
    with caplog.at_level(logging.WARNING, "uvicorn.error"):
        Webhooks([server.address]).tell(f"{server.address}/done", JOB)
    assert len(server.seen) == webhook.TRIES
    assert "three tries" in caplog.text


@pytest.mark.parametrize(
    "rest",
    ["/\n", "/\t", " /", "/\x00", "/é", "\\@evil.example/", ":80@evil.example/", ".evil.example/"],
)
def test_an_address_that_programs_read_differently_is_refused(rest):
    allowed = ["https://example.org"]
    assert check_webhook("https://example.org/done?x=1#y", allowed)
    with pytest.raises(Problem):
        check_webhook(f"https://example.org{rest}", allowed)


def test_a_server_that_does_not_answer_holds_up_no_other(leads, caplog, monkeypatch):
    dead, alive = "http://dead.example", Server()
    leads["dead.example"] = "127.0.0.1"
    webhooks = Webhooks([dead, alive.address])
    hangs, told = threading.Event(), webhooks._told
    monkeypatch.setattr(
        webhooks,
        "_told",
        lambda a, job: hangs.wait(LONGEST_S) if a.startswith(dead) else told(a, job),
    )
    with caplog.at_level(logging.WARNING, "uvicorn.error"):
        for _ in range(100):
            webhooks.tell_soon(f"{dead}/done", JOB)
    assert caplog.text.count("was not told") == 100 - webhook.MOST_WAITING
    webhooks.tell_soon(f"{alive.address}/done", JOB)
    assert alive.asked.wait(LONGEST_S)
    hangs.set()
    webhooks.close()
