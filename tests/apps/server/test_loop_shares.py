"""What the event loop does for one visitor does not hold up the others."""

from __future__ import annotations

import json
import time

import httpx
import pytest

from helpers import attacks, floods
from helpers.serving import serving
from helpers.waiting import wait_until
from mimika.apps.server import loop_shares, run
from mimika.apps.server.addresses import visitor_of
from mimika.apps.server.loop_shares import BURST_S, SHARE, SHARES, SLICE_S, LoopShares

STRANGER = "127.0.0.2"


def test_a_share_is_a_bucket_of_processor_time_in_bounded_memory(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    shares = LoopShares()
    shares.spend("a", BURST_S / 2)
    assert shares.delay_s("a") == 0
    shares.spend("a", BURST_S)
    assert shares.delay_s("b") == 0
    # Those that wait go on one after another, not all at once.
    first_s, second_s = shares.delay_s("a"), shares.delay_s("a")
    assert first_s == pytest.approx(BURST_S / 2 / SHARE)
    assert second_s - first_s == pytest.approx(SLICE_S / SHARE)
    now[0] += second_s + SLICE_S / SHARE
    assert shares.delay_s("a") == pytest.approx(0)
    for number in range(5000):
        shares.spend(str(number), 1.0)
    assert len(shares._paid_s) == 4096


@pytest.mark.parametrize("kind", list(floods.BODIES))
def test_a_body_that_is_costly_to_read_waits_and_others_do_not(face, monkeypatch, kind):
    monkeypatch.setattr(run, "END_S", 1)
    with serving() as running, attacks.connected(running.options.port, STRANGER) as stranger:
        with monkeypatch.context() as slow:
            # So little that one slice takes an hour.
            slow.setattr(loop_shares, "SHARE", 1e-7)
            slow.setattr(loop_shares, "BURST_S", 0.0)
            stranger.sendall(floods.BODIES[kind])
            wait_until(lambda: SHARES._paid_s.get(STRANGER, 0) > time.monotonic() + 600)
        assert httpx.post(f"{running.url}/v1/analyze", content=face).status_code == 200
    SHARES._paid_s.clear()


@pytest.mark.parametrize("kind", list(floods.BODIES))
def test_who_waited_is_answered(kind, monkeypatch):
    monkeypatch.setattr(loop_shares, "BURST_S", 0.0)
    monkeypatch.setattr(loop_shares, "SHARE", 0.9)
    with serving() as running, attacks.connected(running.options.port, STRANGER) as stranger:
        stranger.sendall(floods.BODIES[kind])
        assert b" 422 " in stranger.recv(4096)


@pytest.mark.parametrize("what", ["", "/events", "/faces.csv"])
def test_long_summaries_are_read_within_a_share(monkeypatch, what):
    monkeypatch.setattr(run, "END_S", 1)
    with serving() as running, attacks.connected(running.options.port, STRANGER) as stranger:
        name = "a" * 22
        folder = running.state.jobs._folder / name
        folder.mkdir()
        people = [{"track_id": number, "shares": {"sad": 1.0}} for number in range(5000)]
        state = {"id": name, "state": "done", "summary": {"people": people}}
        (folder / "state.json").write_text(json.dumps(state))
        (folder / "faces.csv").write_text("")
        address = f"/v1/videos/{name}{what}"
        with monkeypatch.context() as slow:
            slow.setattr(loop_shares, "SHARE", 1e-7)
            slow.setattr(loop_shares, "BURST_S", 0.0)
            stranger.sendall(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            # It waits for its turn: who waits takes ten thousand seconds of this share.
            wait_until(lambda: SHARES._paid_s.get(STRANGER, 0) > time.monotonic() + 5000)
        assert httpx.get(running.url + address).status_code == 200
    SHARES._paid_s.clear()


@pytest.mark.parametrize(
    ("host", "visitor"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2::3", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_a_visitor_has_all_addresses_of_its_network(host, visitor):
    assert visitor_of(host) == visitor


def test_another_address_of_the_same_network_is_no_other_visitor():
    options = {"limits": {"rate_hz": 0.001}, "proxies": ("127.0.0.1",)}
    with serving(**options) as running, httpx.Client(base_url=running.url) as http:

        def ask(address):
            return http.get("/healthz", headers={"X-Forwarded-For": address}).status_code

        assert [ask(f"2001:db8::{number}") for number in range(1, 4)] == [200, 429, 429]
        assert ask("2001:db8:0:1::1") == 200
