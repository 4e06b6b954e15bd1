"""`mimika evaluate`: what a model file is worth on labelled faces."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def evaluate(
    model: str,
    data: Path,
    /,
    *,
    protocol: Literal["auto", "nine", "ferplus-8", "fer2013"] = "auto",
    split: Literal["auto", "all", "train", "valid", "test"] = "auto",
    mirror: bool = False,
    crop: Literal["auto", "face", "none"] = "auto",
    skip_bad: bool = False,
    seed: int = 0,
    bootstrap: int = 1000,
    json: Path | None = None,
    pictures: Path | None = None,
    engine: str = "auto",
    threads: int = 0,
    quiet: bool = False,
) -> None:
    """Measure a model on labelled faces: accuracy, mean recall, each class, calibration.

    Figures carry 95% intervals (bootstrap). Tune on valid; read test once, for the figure that you
    publish.

    Args:
        model: A model file, a run's folder, or a bundled model's name (`mimika models`).
        data: The data set (docs/data.md).
        protocol: What counts as right: nine, ferplus-8 or fer2013 (docs/evaluation.md); auto takes
            the data set's own classes.
        split: Which faces; auto is valid where the data set has it, else test, else all.
        mirror: Average each face with its mirror image; twice the time.
        crop: How faces are cut out of the pictures: auto, face or none.
        skip_bad: Leave out files that cannot be read instead of refusing the data set.
        seed: Of the automatic split, where the data set has none: as `mimika train` got.
        bootstrap: Resamples for the intervals; 0 leaves them out.
        json: Write the figures to this file.
        pictures: Draw confusion.png and reliability.png into this folder.
        engine: What runs the network.
        threads: Threads of the network; 0 takes all cores.
        quiet: Print errors only.

    Examples:
        mimika evaluate default FERPLUS --protocol ferplus-8
        mimika evaluate runs/first faces/ --json first.json --pictures first/
        mimika evaluate default fer2013.csv --protocol fer2013 --split test
    """
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli.console import be_quiet, notice
    from mimika.apps.cli.console import out as console
    from mimika.base.files import check_writable
    from mimika.models.find import model_path
    from mimika.models.model import OnnxModel
    from mimika.training.extra import require

    be_quiet(quiet)
    require("Evaluation")
    from mimika.apps.cli._evaluation_report import report, write_json
    from mimika.training.config import trained_on
    from mimika.training.evaluation.charts import draw_evaluation
    from mimika.training.evaluation.evaluate import evaluate as judge
    from mimika.training.evaluation.evaluate import open_to_judge

    if json is not None:
        check_writable(json)
    classifier = OnnxModel(model_path(model), engine=engine, threads=threads)
    if split == "auto" and (known := trained_on(Path(model), data)) is not None:
        split, seed, crop = "valid", known.seed, known.crop  # type: ignore[assignment]
    with progress_bar() as progress:
        faces, chosen = open_to_judge(
            data,
            classifier,
            split=split,
            protocol=protocol,
            crop=crop,
            skip_bad=skip_bad,
            seed=seed,
            progress=progress,
        )
        figures = judge(
            classifier, faces, chosen, mirror=mirror, resamples=bootstrap, progress=progress
        )
    for note in faces.notes:
        notice(note)
    if chosen == "all":
        notice("All faces are judged: where the model was trained on them, the figures flatter.")
    card = classifier.card
    figures |= {"model": card.name, "data": faces.name, "protocol": protocol}
    title = f"{card.name} on {faces.name}, {chosen}" + (
        f", {protocol}" if protocol != "auto" else ""
    )
    report(console, figures, title)
    if json is not None:
        write_json(json, figures)
    if pictures is not None:
        for path in draw_evaluation(pictures, figures, title):
            console.print(f"wrote {path}", soft_wrap=True)
