"""Who gets the places for streams, and when."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack

import pytest

from mimika.apps.server.newcomers import MEASURED_ANSWERS, OWN_IN_LINE, Newcomers
from mimika.apps.server.options import Limits
from mimika.apps.server.stream_places import StreamPlaces


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until it is moved."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def in_loop(work):
    async def run():
        return work()

    return asyncio.run(run())


def taken(places, stack, address, most=99):
    """How many places an address gets, one after another."""
    count = 0
    while count < most and not places.enough(address) and not places.full(address):
        stack.enter_context(places.place(address))
        count += 1
    return count


@pytest.mark.parametrize(("clients", "most", "late"), [(32, 16, 4), (8, 4, 1), (2, 1, 1)])
def test_a_few_addresses_cannot_take_all_places(clients, most, late):
    def work():
        places = StreamPlaces(Limits(clients=clients))
        with ExitStack() as stack:
            counts = [taken(places, stack, address) for address in "abcde"]
            assert counts[:2] == [most, late]
            assert len(places) == sum(counts) == clients

    in_loop(work)


def test_the_stream_that_was_silent_for_longest_yields(clock):
    def work():
        places = StreamPlaces(Limits(clients=4, yielding_s=10.0))
        with ExitStack() as stack:
            a, b, c, d = (stack.enter_context(places.place(address)) for address in "abcd")
            clock[0] += 5
            a.frame_s = clock[0]
            assert places.full("e")
            clock[0] += 5
            b.working = True
            # Who has a stream keeps to it.
            assert places.full("a")
            assert not places.full("e")
            stack.enter_context(places.place("e"))
            assert [each.lost.done() for each in (a, b, c, d)] == [False, False, True, False]
            stack.enter_context(places.place("f"))
            assert (d.lost.done(), len(places)) == (True, 4)
            assert places.full("g")
        assert len(places) == 0

    in_loop(work)


def test_a_crowd_that_comes_again_and_again_is_not_always_first():
    async def work():
        newcomers = Newcomers(2, 60.0, patience_s=20.0)
        first = [await newcomers.join(address) for address in "aab"]
        line = [asyncio.ensure_future(newcomers.join(address)) for address in "aac"]
        await asyncio.sleep(0.05)
        assert not any(each.done() for each in line)
        newcomers.leave(first[0])
        # The first two in line are of an address that has one already.
        assert (await line[2]).address == "c"
        assert not line[0].done()
        newcomers.leave(first[1])
        assert (await line[0]).address == "a"
        line[1].cancel()
        await asyncio.gather(line[1], return_exceptions=True)
        assert newcomers._line == []

    asyncio.run(work())


def test_the_line_is_short():
    async def work():
        newcomers = Newcomers(1, 60.0, patience_s=60.0)
        await newcomers.join("a")
        line = [asyncio.ensure_future(newcomers.join("a")) for _ in range(OWN_IN_LINE)]
        await asyncio.sleep(0)
        assert await newcomers.join("a") is None
        for each in line:
            each.cancel()
        await asyncio.gather(*line, return_exceptions=True)

    asyncio.run(work())


def test_who_sends_little_is_not_new_for_long(clock):
    async def work():
        newcomers = Newcomers(1, 2.0, patience_s=0.0)
        slow = await newcomers.join("a")
        clock[0] += 1.5
        newcomers.asked(slow)
        # What the server takes for a frame is not the client's silence.
        clock[0] += 60
        assert newcomers.wait_s("a") == pytest.approx(0.5)
        newcomers.done(slow, answered=True)
        clock[0] += 0.4
        assert newcomers.wait_s("a") == pytest.approx(0.1)
        clock[0] += 0.2
        assert newcomers.wait_s("a") == 0
        quick = await newcomers.join("a")
        for i in range(MEASURED_ANSWERS):
            assert (newcomers.wait_s("a") > 0) == (i < MEASURED_ANSWERS)
            newcomers.asked(quick)
            newcomers.done(quick, answered=False)
            newcomers.asked(quick)
            newcomers.done(quick, answered=True)
        assert newcomers.wait_s("a") == 0

    asyncio.run(work())
