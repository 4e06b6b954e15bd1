"""Pictures and frames in, results out: decoding and detection in threads, faces in batches."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mimika.apps.server.addresses import Places, Remembered, Turns
from mimika.apps.server.batching import BatchingModel
from mimika.apps.server.decoder import Budget, HeavyPicture
from mimika.apps.server.decoding import DecoderPool, TooCostly
from mimika.apps.server.detectors import DetectorPool
from mimika.apps.server.engine import engine_of
from mimika.apps.server.lanes import NoDecoder
from mimika.apps.server.problems import Problem, overloaded, too_many
from mimika.apps.server.process import give_back_all_memory
from mimika.apps.server.uploads import Held
from mimika.base.processors import processors
from mimika.detection import open_detector
from mimika.models.model import open_model
from mimika.pipeline.analyze import PictureAnalyzer
from mimika.pipeline.recognizer import Recognizer
from mimika.schema.geometry import Point
from mimika.sources.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from mimika.apps.server.lanes import Picture
    from mimika.apps.server.metrics import Metrics
    from mimika.apps.server.options import Limits
    from mimika.pipeline.settings import Settings
    from mimika.pipeline.timings import Timings
    from mimika.schema.results import FrameResult

    Decode = Callable[[bytes], Picture]

SPARE = 1
# Also seconds since 1970, with room; times are counted in tenths.
LATEST_S = 1e12


@dataclass(frozen=True, slots=True)
class Answer:
    """A result with what it took.

    Attributes:
        result: the faces.
        queue_ms: milliseconds until a thread took it.
        decode_ms: decoding the picture.
        detect_ms: finding the faces.
        classify_ms: judging them, with the wait for others' faces.
    """

    result: FrameResult
    queue_ms: float
    decode_ms: float
    detect_ms: float
    classify_ms: float

    def timings(self) -> dict[str, float]:
        """The milliseconds as JSON-ready values."""
        return {
            "queue_ms": round(self.queue_ms, 2),
            "decode_ms": round(self.decode_ms, 2),
            "detect_ms": round(self.detect_ms, 2),
            "classify_ms": round(self.classify_ms, 2),
        }


class Analysis:
    """One set of networks for all clients of a process.

    Attributes:
        recognizer: holds the networks; each stream works with a fork of it.
        held: bodies of pictures in memory.
    """

    def __init__(self, settings: Settings, limits: Limits, metrics: Metrics) -> None:
        """Load the networks.

        Raises:
            ModelError: a model is missing or unusable.
            UsageError: there is no such detector or engine.
            DeviceError: the engine asked for cannot run here.
        """
        # One detection keeps one processor busy; as many pictures are looked at at once as there
        # are processors. Only one batch is judged at a time, so that may use them all.
        threads = settings.threads or processors()
        engine = engine_of(settings.engine)
        detector = DetectorPool(
            lambda: open_detector(
                settings.detector, min_face=settings.min_face, engine=engine, threads=1
            ),
            threads,
        )
        model = open_model(settings.model, engine=engine, threads=threads)
        self._limits, self._metrics = limits, metrics
        self._batching = BatchingModel(model, seen=metrics.batch.observe)
        self.recognizer = Recognizer(settings, detector=detector, model=self._batching)
        self._analyzer = PictureAnalyzer(settings, networks=self.recognizer.networks)
        # More than processors: while one waits for its batch another decodes, and a picture that
        # takes long to decode leaves room for others. Large ones have a thread of their own.
        count = threads + SPARE
        self._decoders = DecoderPool(count, _budget(limits))
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="analyze")
        self._heavy_pool = ThreadPoolExecutor(1, thread_name_prefix="analyze-large")
        self._turns = Turns(limits.address_pictures)
        self._light, self._heavy = Turns(count, total=count), Turns(1, total=1)
        self._costly, self._slow = Remembered(limits.penalty_s), Remembered(limits.penalty_s)
        self._places = Places(limits.address_waiting)
        self.held = Held(limits.held_bytes, limits.address_held)
        self._waiting = 0
        self._changed = threading.Condition()

    @property
    def waiting(self) -> int:
        """Pictures and frames that wait or are in work."""
        return self._waiting

    def admit(self, address: str) -> None:
        """Let an address send a picture, before its body is read.

        Raises:
            Problem: 429, an earlier one from it broke its budget.
        """
        # What is still being sent is not read.
        self._check(address, {"Connection": "close"})

    async def picture(self, data: bytes, address: str = "") -> Answer:
        """Analyse one picture.

        Args:
            data: the encoded picture.
            address: who sends it; each has a few in work at once.

        Raises:
            Problem: too many are waiting, or an earlier one from this address broke its budget.
            InputError: it is no picture, damaged or too large.
        """
        self._check(address)
        if self._waiting >= self._limits.waiting:
            self._metrics.refused.labels("queue").inc()
            raise overloaded(f"{self._waiting} pictures are waiting already")
        asked = time.perf_counter()
        with self._places.place(address) as free:
            if not free:
                self._metrics.refused.labels("queue").inc()
                raise too_many("Your other pictures are waiting already")
            return await self._in_thread(
                lambda decode: self._picture(data, decode, asked), "picture", address
            )

    async def frame(
        self, stream: Recognizer, data: bytes, time_s: float, index: int, address: str = ""
    ) -> Answer:
        """Analyse the next frame of a stream.

        Args:
            stream: the stream's fork.
            data: the encoded picture.
            time_s: its time in seconds.
            index: its number from 0.
            address: who sends it.

        Raises:
            Problem: an earlier picture from this address broke its budget.
            InputError: it is no picture, damaged or too large.
        """
        self._check(address)
        asked = time.perf_counter()
        return await self._in_thread(
            lambda decode: self._frame(stream, data, decode, time_s, index, asked),
            "frame",
            address,
        )

    def wait_until_idle(self, most_s: float) -> None:
        """Wait until no picture and no frame waits or is in work, at most `most_s` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, most_s)

    def close(self) -> None:
        """Finish what has begun and free the threads and processes."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._heavy_pool.shutdown(wait=True, cancel_futures=True)
        self._batching.close()
        self._decoders.close()

    async def _in_thread(self, work: Callable[[Decode], Answer], kind: str, address: str) -> Answer:
        self._count(1)
        try:
            async with self._turns.turn(address):
                self._check(address)
                answer = await self._in_a_lane(work, address)
        except TooCostly:
            self._costly.add(address)
            self._metrics.refused.labels("costly").inc()
            raise
        except NoDecoder as error:
            raise overloaded("The server has no memory to decode a picture") from error
        finally:
            self._count(-1)
        self._metrics.frames.labels(kind).inc()
        self._metrics.faces.inc(len(answer.result.faces))
        return answer

    async def _in_a_lane(self, work: Callable[[Decode], Answer], address: str) -> Answer:
        run = asyncio.get_running_loop().run_in_executor
        # Who sent a picture that took longer than it looked may send the next one.
        if not self._slow.left_s(address):
            try:
                async with self._light.turn(address):
                    return await run(self._pool, work, self._decoders.decode)
            except HeavyPicture as error:
                if error.broke_budget:
                    self._slow.add(address)
        # It waits for its turn without a thread or a process that others could use.
        async with self._heavy.turn(address):
            return await run(self._heavy_pool, self._heavily, work)

    def _heavily(self, work: Callable[[Decode], Answer]) -> Answer:
        try:
            return work(self._decoders.decode_heavy)
        finally:
            give_back_all_memory()

    def _check(self, address: str, headers: dict[str, str] | None = None) -> None:
        left_s = self._costly.left_s(address)
        if left_s > 0:
            raise Problem(
                429,
                "A picture from this address took more than a picture is given: wait before you "
                "send the next.",
                headers={"Retry-After": str(math.ceil(left_s)), **(headers or {})},
            )

    def _count(self, by: int) -> None:
        with self._changed:
            self._waiting += by
            if not self._waiting:
                self._changed.notify_all()
        self._metrics.queue.inc(by)

    def _picture(self, data: bytes, decode: Decode, asked: float) -> Answer:
        with self._batching.coming():
            began = time.perf_counter()
            picture = decode(data)
            decoded = time.perf_counter()
            result, timings = self._analyzer.timed(picture.image)
        result = at_full_size(result, picture.width, picture.height)
        return _answer(result, timings, asked, began, decoded)

    def _frame(
        self,
        stream: Recognizer,
        data: bytes,
        decode: Decode,
        time_s: float,
        index: int,
        asked: float,
    ) -> Answer:
        with self._batching.coming():
            began = time.perf_counter()
            picture = decode(data)
            decoded = time.perf_counter()
            result = stream(Frame(picture.image, time_s, index))
            timings = stream.timings
        result = at_full_size(result, picture.width, picture.height)
        return _answer(result, timings, asked, began, decoded)


def at_full_size(result: FrameResult, width: int, height: int) -> FrameResult:
    """A result of a picture that was reduced, in the pixels of the original."""
    if (result.width, result.height) == (width, height):
        return result
    across, down = width / result.width, height / result.height
    faces = []
    for face in result.faces:
        values = dict(face.values)
        if face.landmarks:
            values["landmarks"] = {
                name: Point(x * across, y * down) for name, (x, y) in face.landmarks.items()
            }
        faces.append(replace(face, box=face.box.scaled(across, down), values=values))
    return replace(result, width=width, height=height, faces=tuple(faces))


def _budget(limits: Limits) -> Budget:
    return Budget(
        pixels=limits.picture_pixels,
        side=limits.picture_side,
        longest=limits.picture_longest,
        cpu_s=limits.picture_cpu_s,
        memory_bytes=limits.picture_memory,
    )


def seconds_of(value: object) -> float:
    """Read a frame's time in seconds from a message.

    Raises:
        Problem: it is no such number.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise Problem(422, "time_s is a number of seconds, such as 1.25.")
    if not 0 <= value <= LATEST_S:
        raise Problem(422, f"time_s is a number of seconds from 0 to {LATEST_S:.0e}.")
    return float(value)


def _answer(
    result: FrameResult, timings: Timings, asked: float, began: float, decoded: float
) -> Answer:
    return Answer(
        result,
        (began - asked) * 1e3,
        (decoded - began) * 1e3,
        timings.detect_ms,
        timings.classify_ms,
    )
