"""Handshakes of TLS are few for each address, and each has a time."""

from __future__ import annotations

import ssl
import subprocess
from contextlib import ExitStack

import httpx
import pytest

from helpers import attacks
from helpers.serving import serving
from helpers.waiting import wait_until
from mimika.apps.server import tls


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """Options of a server with a certificate, and how to call it."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ("-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost", "-days", "2")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *made],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(cafile=str(certificate))
    context.check_hostname = False
    return {"certificate": certificate, "key": key}, context


def ask(running, context, address="127.0.0.1"):
    transport = httpx.HTTPTransport(verify=context, local_address=address)
    with httpx.Client(base_url=running.url, transport=transport) as http:
        return http.get("/healthz").status_code


def ended(connection):
    """Whether the server has closed a connection."""
    connection.setblocking(False)
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_a_handshake_that_never_ends_is_given_up(secured, monkeypatch):
    monkeypatch.setattr(tls, "HANDSHAKE_S", 0.3)
    with serving(**secured[0]) as running, attacks.connected(running.options.port) as silent:
        assert silent.recv(1) == b""


def test_one_address_has_its_share_of_handshakes(secured):
    options, context = secured
    with serving(limits={"address_connections": 5}, **options) as running, ExitStack() as crowd:
        silent = [
            crowd.enter_context(attacks.connected(running.options.port, "127.0.0.2"))
            for _ in range(8)
        ]
        wait_until(lambda: sum(map(ended, silent)) == 3)
        assert ask(running, context) == 200
        # Whoever leaves makes room.
        for connection in silent:
            connection.close()
        wait_until(lambda: answered(running, context, "127.0.0.2"))


def answered(running, context, address):
    try:
        return ask(running, context, address) == 200
    except httpx.TransportError:
        return False


def test_all_addresses_together_have_their_share_of_handshakes(secured):
    options, context = secured
    with serving(limits={"connections": 2}, **options) as running, ExitStack() as crowd:
        silent = [
            crowd.enter_context(attacks.connected(running.options.port, f"127.0.0.{number}"))
            for number in (2, 3, 4)
        ]
        wait_until(lambda: sum(map(ended, silent)) == 1)
        assert not answered(running, context, "127.0.0.1")
        for connection in silent:
            connection.close()
        wait_until(lambda: answered(running, context, "127.0.0.1"))


def test_handshakes_one_after_another_are_held_to_the_rate(secured):
    options, context = secured
    with serving(limits={"rate_hz": 0.001}, **options) as running:
        assert answered(running, context, "127.0.0.2")
        with pytest.raises(httpx.TransportError):
            ask(running, context, "127.0.0.2")
        assert answered(running, context, "127.0.0.1")


def test_a_trusted_proxy_is_held_to_no_share(secured):
    options, context = secured
    limits = {"address_connections": 2, "rate_hz": 1e6}
    with (
        serving(limits=limits, proxies=("127.0.0.2",), **options) as running,
        ExitStack() as crowd,
    ):
        for _ in range(6):
            crowd.enter_context(attacks.connected(running.options.port, "127.0.0.2"))
        assert answered(running, context, "127.0.0.2")
