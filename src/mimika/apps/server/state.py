"""What the routes share; one for each application."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mimika.apps.server.addresses import Places, Turns, visitor_of
from mimika.apps.server.answers import RECENT_S, Answers
from mimika.apps.server.newcomers import Newcomer, Newcomers
from mimika.apps.server.problems import Problem, overloaded
from mimika.apps.server.stream_places import StreamPlaces
from mimika.base.processors import processors

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from mimika.apps.server.analysis import Analysis
    from mimika.apps.server.jobs import Jobs
    from mimika.apps.server.metrics import Metrics
    from mimika.apps.server.options import ServerOptions


@dataclass(slots=True)
class State:
    """The parts of a running server.

    Attributes:
        options: how it is run.
        metrics: its counters.
        analysis: the networks; None until they are loaded.
        jobs: the videos; None where there is no folder for them.
        places: those for streams.
        answers: how long the last frames of all streams took.
        newcomers: streams that began lately.
        followers: clients that follow a video's events.
        following: those of each address.
        summaries: turns of those who ask what a stream showed.
        looks: turns of those who ask how a video is.
    """

    options: ServerOptions
    metrics: Metrics
    analysis: Analysis | None = None
    jobs: Jobs | None = None
    places: StreamPlaces = field(init=False)
    answers: Answers = field(default_factory=Answers)
    newcomers: Newcomers = field(init=False)
    followers: int = 0
    following: Places = field(init=False)
    summaries: Turns = field(default_factory=lambda: Turns(1, total=1))
    looks: Turns = field(default_factory=lambda: Turns(1))

    def __post_init__(self) -> None:
        """Lay out what depends on the limits."""
        limits = self.options.limits
        self.places = StreamPlaces(limits)
        self.following = Places(limits.address_clients)
        self.newcomers = Newcomers(
            self.options.settings.threads or processors(), limits.new_s, limits.line_s
        )

    @property
    def streams(self) -> int:
        """Open streams."""
        return len(self.places)

    def busy(self, address: str = "") -> Problem | None:
        """Why no further stream, of an address, is taken; None where one is."""
        limits = self.options.limits
        if self.places.full(address):
            return overloaded(f"All {self.streams} streams are taken", RECENT_S)
        if self.streams and self.answers.median_s() > limits.slow_s:
            return overloaded(f"The {self.streams} open streams keep the server busy", RECENT_S)
        return None

    async def admit(self, address: str) -> Newcomer:
        """Let an address open a stream, after those before it in line.

        Raises:
            Problem: 503, the address has its share, all places are taken, or the server is busy.
        """
        self._check_places(address)
        newcomer = await self.newcomers.join(address)
        if newcomer is None:
            wait_s = self.newcomers.wait_s(address)
            raise overloaded("Other streams have just begun and are not measured yet", wait_s)
        try:
            # Others may have come while it waited.
            self._check_places(address)
        except Problem:
            self.newcomers.leave(newcomer)
            raise
        return newcomer

    def _check_places(self, address: str) -> None:
        if problem := self.busy(address):
            raise problem
        if self.places.enough(address):
            raise overloaded("Your address has its share of streams", RECENT_S)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was passed over in choosing what runs the networks; sentences."""
        return self.analysis.recognizer.notes if self.analysis else ()


def state_of(connection: HTTPConnection) -> State:
    """The state of the application that serves a request."""
    state: State = connection.app.state.mimika
    return state


def address_of(connection: HTTPConnection) -> str:
    """Who calls; by that, what one client may have at once is counted."""
    return visitor_of(connection.client.host) if connection.client else ""


def analysis_of(connection: HTTPConnection) -> Analysis:
    """The networks of the application that serves a request."""
    analysis = state_of(connection).analysis
    assert analysis is not None, "the application was not started"
    return analysis


def jobs_of(connection: HTTPConnection) -> Jobs:
    """The videos of the application that serves a request."""
    jobs = state_of(connection).jobs
    assert jobs is not None, "the application was not started"
    return jobs
