"""A cluster's processors, by Ray Data: an actor a processor, with a worker of its own.

Ray Data keeps the actors busy, holds back what is not wanted yet, and does the work of a lost
machine again on another one.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
import warnings
from typing import TYPE_CHECKING, Any

from mimika.base.closing import Closing
from mimika.base.errors import DeviceError, MimikaError, MissingExtra
from mimika.base.version import __version__
from mimika.batch.local import DIED, MOST_DEATHS
from mimika.batch.task import Result
from mimika.batch.work import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Literal

    from mimika.batch.task import Task
    from mimika.pipeline.settings import Settings

HERE = "local"
"""The address that starts a cluster on this machine, for this run."""

GPU_ENGINES = ("cuda", "tensorrt", "tensorrt-rtx")
RETRIES = 2
TIMEOUT_S = 10.0


class RayWorkers(Closing):
    """Actors of a cluster; see `mimika.batch.run.Workers`."""

    def __init__(
        self, settings: Settings, segment_s: float, count: int = 0, *, address: str = HERE
    ) -> None:
        """Connect.

        Args:
            settings: how faces are found and judged.
            segment_s: about how long segments are.
            count: how many actors; 0 takes one a processor.
            address: of the cluster: HOST:PORT, "auto" for the one that this machine belongs to, or
                "local" to start one here.

        Raises:
            MissingExtra: Ray is not installed.
            DeviceError: there is no cluster, or it has another version of Mimika, Python or Ray.
        """
        self._with = (settings, segment_s)
        self._ray = _ray()
        _connect(self._ray, address, count)
        try:
            _check_versions(self._ray)
            resources = self._ray.cluster_resources()
            self._count = count or max(1, int(resources.get("CPU", 1)))
            self._gpus = gpus_an_actor(settings.engine, resources.get("GPU", 0.0), self._count)
        except BaseException:
            self.close()
            raise

    def each(
        self, what: Literal["plan", "read"], tasks: Iterable[Task]
    ) -> Iterator[tuple[Task, Result]]:
        """See `mimika.batch.run.Workers`.

        Raises:
            DeviceError: the cluster is lost.
        """
        waiting = dict(enumerate(tasks))
        for _ in range(MOST_DEATHS):
            for place, result in self._round(what, waiting):
                yield waiting.pop(place), result
            if not waiting:
                return
        for task in waiting.values():
            yield task, Result(failed=DIED)

    def _round(
        self, what: Literal["plan", "read"], tasks: dict[int, Task]
    ) -> Iterator[tuple[int, Result]]:
        """Yield the results of the tasks whose actors did not die."""
        from ray import data, exceptions

        items = [{"place": place, "task": pickle.dumps(task)} for place, task in tasks.items()]
        blocks = data.from_items(items, override_num_blocks=len(items))
        with warnings.catch_warnings():
            # Without a limit what kills its actor would be tried for ever. Ray Data has no other
            # word for it, and drops this one with 2.64: the extra asks for an older one.
            warnings.simplefilter("ignore", DeprecationWarning)
            rows = blocks.map(
                _Actor,
                fn_constructor_args=(what, *self._with),
                compute=data.ActorPoolStrategy(
                    min_size=1, max_size=self._count, max_tasks_in_flight_per_actor=2
                ),
                num_cpus=1,
                num_gpus=self._gpus or None,
                max_restarts=-1,
                max_task_retries=RETRIES,
            )
        done: set[int] = set()
        try:
            for row in rows.iter_rows():
                place, result = row["place"], pickle.loads(row["result"])  # noqa: S301 - our own
                if isinstance(result, _Fatal):
                    raise result.error()
                if place not in done:
                    done.add(place)
                    yield place, result
        except exceptions.RayError as error:
            raise DeviceError(
                "The cluster was lost: what is done is kept; start it again to go on "
                f"({_first_line(error)})."
            ) from error

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        self._ray.shutdown()


def gpus_an_actor(engine: str, gpus: float, actors: int) -> float:
    """The share of a GPU that an actor asks Ray for, which shows it that one and no other.

    Args:
        engine: what runs the networks; only NVIDIA's are given GPUs.
        gpus: how many the cluster has.
        actors: how many there will be; several share one.

    Returns:
        In [0, 1], 0 for none: then Ray hides all GPUs.
    """
    if engine not in GPU_ENGINES or gpus < 1:
        return 0.0
    return min(1.0, int(gpus / actors * 1e4) / 1e4)


class _Fatal:
    """What is wrong for all recordings, as it travels."""

    def __init__(self, error: MimikaError) -> None:
        self.text, self.code = str(error), error.exit_code

    def error(self) -> MimikaError:
        error = MimikaError(self.text)
        error.exit_code = self.code
        return error


class _Actor:
    """What Ray Data calls with each row."""

    def __init__(self, what: str, settings: Settings, segment_s: float) -> None:
        self._work = getattr(Worker(settings, segment_s), what)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        try:
            result = self._work(pickle.loads(row["task"]))  # noqa: S301 - our own
        except MimikaError as error:
            result = _Fatal(error)
        return {"place": row["place"], "result": pickle.dumps(result)}


def _ray() -> Any:
    """Ray, which sends no statistics of its use, unless its variable is set, and says nothing.

    Raises:
        MissingExtra: it is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingExtra("A cluster", "cluster") from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1  # What kills its actor stops nothing else.
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return ray


def _connect(ray: Any, address: str, count: int) -> None:
    _check_answers(address)
    here = {"num_cpus": count or None, "include_dashboard": False} if address == HERE else {}
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL, **here)
    except Exception as error:  # Ray raises plain ones, such as where a start takes too long.
        if address == HERE:
            raise DeviceError(
                f"Ray cannot be started on this machine ({_first_line(error)}): try again when "
                "other programs leave it processors and memory, or leave out --address, which "
                "takes this machine's processes without Ray."
            ) from error
        raise DeviceError(
            f"No cluster can be used at {address}: check the address, and that it runs the same "
            f"versions of Python and Ray ({_first_line(error)})."
        ) from error


def _check_answers(address: str) -> None:
    """Ask whether anyone listens; Ray itself would wait for minutes.

    Raises:
        DeviceError: nobody does.
    """
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), TIMEOUT_S).close()
    except (OSError, OverflowError) as error:
        raise DeviceError(
            f"No cluster can be used at {address}: nothing answers there; check the address."
        ) from error


def _check_versions(ray: Any) -> None:
    """Ask every machine of the cluster for its Mimika.

    Raises:
        DeviceError: one has another version, or none.
    """
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    ask = ray.remote(num_cpus=0, max_retries=1)(_version_there())
    nodes = [node for node in ray.nodes() if node["Alive"]]
    answers = [
        ask.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ).remote()
        for node in nodes
    ]
    for node, answer in zip(nodes, answers, strict=True):
        version = ray.get(answer)
        if version != __version__:
            there = f"Mimika {version}" if version else "no Mimika"
            raise DeviceError(
                f"The cluster's machine {node['NodeManagerAddress']} has {there}, and this is "
                f"{__version__}: install the same version on all."
            )


def _version_there() -> Callable[[], str]:
    # A function in a function travels whole, so it also runs where there is no Mimika.
    def version() -> str:
        try:
            from mimika.base.version import __version__ as found
        except ImportError:
            return ""
        return found

    return version


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0].rstrip(".")
