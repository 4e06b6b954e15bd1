"""What a server can be asked for, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from mimika.base.address import DEFAULT_PORT
from mimika.base.errors import UsageError
from mimika.pipeline.settings import Settings

MIB = 2**20
SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server takes on; each is for one worker process.

    Attributes:
        picture_bytes: largest body of a picture in bytes.
        batch_bytes: largest body of several pictures in bytes.
        batch_pictures: most pictures in one request.
        picture_pixels: most pixels of a picture or of a stream's frame.
        picture_side: longest side of a picture in pixels.
        picture_longest: a larger picture is reduced before faces are looked for, until its longer
            side is so many pixels.
        picture_cpu_s: seconds of a processor in which a picture must be decoded.
        picture_memory: bytes that decoding one may take.
        held_bytes: bodies of pictures in memory at once, of all clients together.
        address_held: of them, those of one address.
        address_pictures: pictures of one address in work at once; its others wait.
        penalty_s: seconds for which an address whose picture broke its budget sends no other; and
            in which all its pictures wait with the large ones, after one that took longer than a
            picture of its size.
        frame_bytes: largest message of a stream in bytes.
        stream_bytes_s: bytes a second of all streams of one address; the others wait.
        video_bytes: largest video in bytes.
        video_pixels: most pixels of a video's frame.
        video_longest: larger frames are reduced, for analysis and for the annotated film, until
            their longer side is so many pixels.
        video_cpu_s: seconds of a processor until a video's next frame, and for its sound.
        video_slowest_hz: pixels that must be decoded for each further second of a processor.
        video_memory: bytes that decoding one may take.
        video_s: longest video in seconds.
        video_work: most pixels of all frames of a video together, and of all unfinished videos of
            one address; a frame counts as 150,000 at least.
        video_faces: most faces of all frames of a video together.
        video_people: most faces of a video that come one after another.
        address_jobs: unfinished videos of one address; one while half of all places are taken.
        address_results: finished videos of one address whose results are kept; older ones go.
        address_results_bytes: the same in bytes.
        waiting: pictures that wait for a processor before others are turned away.
        address_waiting: of them, those of one address.
        clients: streams at once.
        address_clients: streams of one address at once, and no more than half of all; while half
            of all are taken, an eighth of all.
        yielding_s: seconds without a frame after which a stream gives its place to an address that
            has none, while all are taken.
        new_s: seconds of silence, all together, after which a stream is new no more; else it is
            until five frames were answered. As many of one address may be new at once as there are
            processors.
        line_s: seconds for which a further stream waits until earlier ones are new no more.
        slow_s: median answer of a frame from which on no further stream is taken.
        connections: open connections at once.
        address_connections: open connections of one address, unless it is a trusted proxy's.
        jobs: videos that wait or run at once.
        rate_hz: requests a second from one address, over some seconds.
        results_s: seconds for which a finished video's results are kept.
        stalled_s: seconds without a byte after which a sender is given up.
        slowest_bytes_s: bytes a second below which a sender is given up.
        yielding_bytes_s: bytes a second below which a video that is being sent gives its place to
            another address that has none, while all are taken.
        idle_s: seconds without a frame after which a stream is closed.
    """

    picture_bytes: int = 16 * MIB
    batch_bytes: int = 64 * MIB
    batch_pictures: int = 32
    picture_pixels: int = 25_000_000
    picture_side: int = 12_000
    picture_longest: int = 2560
    picture_cpu_s: float = 2.0
    picture_memory: int = 192 * MIB
    held_bytes: int = 96 * MIB
    address_held: int = 32 * MIB
    address_pictures: int = 2
    penalty_s: float = 10.0
    frame_bytes: int = 4 * MIB
    stream_bytes_s: int = 32 * MIB
    video_bytes: int = 1024 * MIB
    video_pixels: int = 9_000_000
    video_longest: int = 1920
    video_cpu_s: float = 20.0
    video_slowest_hz: float = 10e6
    video_memory: int = 320 * MIB
    video_s: float = 7200.0
    video_work: int = 40_000_000_000
    video_faces: int = 2_000_000
    video_people: int = 5000
    address_jobs: int = 2
    address_results: int = 32
    address_results_bytes: int = 4096 * MIB
    waiting: int = 64
    address_waiting: int = 16
    clients: int = 32
    address_clients: int = 16
    yielding_s: float = 10.0
    new_s: float = 2.0
    line_s: float = 5.0
    slow_s: float = 1.0
    connections: int = 512
    address_connections: int = 128
    jobs: int = 4
    rate_hz: float = 200.0
    results_s: float = 3600.0
    stalled_s: float = 15.0
    slowest_bytes_s: float = 8192.0
    yielding_bytes_s: float = 262_144.0
    idle_s: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """How the server is run.

    Attributes:
        settings: how faces are found and judged.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        token: what callers must show, "" for none.
        origins: pages of other sites that may call (CORS), such as "https://example.org".
        hosts: further names under which the server may be addressed.
        workers: processes.
        proxies: addresses of load balancers whose X-Forwarded-For is believed.
        certificate: TLS certificate chain (PEM).
        key: its private key (PEM).
        webhooks: servers that may be told when a video is done, such as "https://example.org".
        root_path: path under which a proxy shows the server, such as "/mimika".
        limits: what it takes on.
        spool: folder for videos and their results, shared by all workers; made by `run.py`.
    """

    settings: Settings = field(default_factory=Settings)
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    token: str = ""
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    workers: int = 1
    proxies: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None
    webhooks: tuple[str, ...] = ()
    root_path: str = ""
    limits: Limits = field(default_factory=Limits)
    spool: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be served.

        Raises:
            UsageError: a value is out of its range.
        """
        if not 0 <= self.port <= 65535:
            raise UsageError(f"--port is a number from 0 to 65535, and {self.port} is not.")
        if self.workers < 1:
            raise UsageError(f"--workers counts processes, from 1; {self.workers} does not.")
        if self.token and (len(self.token) < SHORTEST_TOKEN or not self.token.isascii()):
            raise UsageError(
                f"--token has {SHORTEST_TOKEN} plain letters and digits or more, so that it cannot "
                "be guessed; leave it out and one is made."
            )
        if any(not mark.isalnum() and mark not in "-._~" for mark in self.token):
            raise UsageError("--token has letters, digits and - . _ ~ only: choose another.")
        if (self.certificate is None) != (self.key is None):
            raise UsageError("--certificate and --key go together: give both files or neither.")
        for option, origins in (("--origin", self.origins), ("--webhook", self.webhooks)):
            for origin in origins:
                if not origin.startswith(("http://", "https://")) or origin.count("/") != 2:
                    raise UsageError(
                        f"{option} is a scheme and a host such as https://example.org, "
                        f"and {origin!r} is not."
                    )
        if self.root_path and (self.root_path[0] != "/" or self.root_path[-1] == "/"):
            raise UsageError("--root-path begins with / and does not end with it: /mimika.")

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether `host` names this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
