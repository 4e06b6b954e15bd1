"""The original experiment in one call: several networks, with and without augmentation.

Every pair is a run of its own in the comparison's folder, on the same split with the same budget.
What is finished stays, what was interrupted goes on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimika.base.errors import UsageError
from mimika.training.config import CONFIG_FILE, Config, read_config
from mimika.training.finished_run import METRICS_FILE, read_metrics
from mimika.training.run import train
from mimika.training.trainer.callbacks import Callback
from mimika.training.trainer.log import read_log

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mimika.training.config import Augment
    from mimika.training.data.dataset import LabeledFaces

FOUR = ("custom_cnn", "vgg19", "resnet50", "mobilenet_v2")
"""The networks of the original work."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished run of a comparison.

    Attributes:
        network: its name.
        augment: none, light or heavy.
        weights: what it started from, as in the run's settings.
        folder: of the run.
        metrics: as the run's metrics.json holds them.
        log: one row an epoch.
    """

    network: str
    augment: str
    weights: str
    folder: Path
    metrics: Mapping[str, Any]
    log: Sequence[Mapping[str, float]]

    @property
    def accuracy(self) -> float:
        """Share of the validation faces that are right, 0 to 1."""
        return float(self.metrics["accuracy"])


def compare(
    data: Path | str | LabeledFaces,
    folder: Path | str,
    config: Config | None = None,
    *,
    networks: Sequence[str] = FOUR,
    augments: Sequence[Augment] = ("none", "light"),
    start: Mapping[str, str] | None = None,
    callback: Callback | None = None,
) -> list[Entry]:
    """Train every network with every augmentation.

    Args:
        data: the data set.
        folder: of the comparison; a run's folder is FOLDER/NETWORK-AUGMENT.
        config: what all runs share; its network and augmentation do not count.
        networks: names of the networks.
        augments: levels of augmentation.
        start: starting weights of single networks, where they differ from the config's.
        callback: what follows the runs.

    Returns:
        The finished runs, in the order of networks and augmentations.

    Raises:
        UsageError: a folder holds a run with other settings.
        MimikaError: see `mimika.training.run.train`.
    """
    config, callback = config or Config(), callback or Callback()
    start = dict(start or {})
    if unknown := set(start) - set(networks):
        raise UsageError(
            f"--starts names {', '.join(sorted(unknown))}, which is not compared: check the name."
        )
    plan = [
        replace(config, network=network, augment=level, weights=start.get(network, config.weights))
        for network in networks
        for level in augments
    ]
    folders = [run_folder(Path(folder), c.network, c.augment) for c in plan]
    # Before hours are spent, not after.
    for own, run in zip(plan, folders, strict=True):
        _check_settings(run, own)
    for number, (own, run) in enumerate(zip(plan, folders, strict=True), 1):
        if (run / METRICS_FILE).is_file():
            continue
        callback.on_message(f"{number}/{len(plan)}: {own.network}, augmentation {own.augment}")
        train(data, run, own, resume=(run / CONFIG_FILE).exists(), callback=callback)
    return [_entry(own, run) for own, run in zip(plan, folders, strict=True)]


def run_folder(folder: Path, network: str, augment: str) -> Path:
    """Return where a pair's run lies."""
    return folder / f"{network.replace(':', '-').replace('/', '-')}-{augment}"


def _entry(config: Config, run: Path) -> Entry:
    return Entry(
        config.network, config.augment, config.weights, run, read_metrics(run), read_log(run)
    )


def _check_settings(run: Path, wanted: Config) -> None:
    if (run / CONFIG_FILE).exists() and read_config(run) != wanted:
        raise UsageError(
            f"{run} was run with other settings: give the same ones to go on, or another folder "
            "with -o."
        )
