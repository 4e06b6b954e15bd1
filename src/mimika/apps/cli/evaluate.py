"""`mimika evaluate`: what a model file is worth on labeled faces."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from mimika.apps.cli._options import (
    AT_LEAST_0,
    Charts,
    Crop,
    Data,
    Engine,
    JsonFile,
    Labels,
    Mirror,
    Model,
    Overwrite,
    Quiet,
    Seed,
    SkipBad,
    Threads,
)


def evaluate(
    model: Model,
    data: Data,
    /,
    *,
    labels: Labels = "auto",
    split: Literal["auto", "all", "train", "valid", "test"] = "auto",
    mirror: Mirror = False,
    crop: Crop = "auto",
    skip_bad: SkipBad = False,
    seed: Seed = 0,
    bootstrap: Annotated[int, Parameter(validator=AT_LEAST_0)] = 1000,
    json: JsonFile = None,
    charts: Charts = None,
    engine: Engine = "auto",
    threads: Threads = 0,
    quiet: Quiet = False,
    overwrite: Overwrite = False,
) -> None:
    """Measure a model on labeled faces: accuracy, mean recall, each class, calibration.

    Figures carry 95% intervals (bootstrap). Tune on valid; read test once, for the figure that you
    publish.

    Args:
        split: Which faces; auto is valid where the data set has it, else test, else all.
        bootstrap: Resamples for the intervals; 0 leaves them out.

    Examples:
        mimika evaluate default FERPLUS --labels ferplus-8
        mimika evaluate runs/first faces/ --json first.json --charts first/
        mimika evaluate default fer2013.csv --labels fer2013 --split test
    """
    from mimika.apps.cli._json import print_json_alone, write_json
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli.console import be_quiet, notice, out as console
    from mimika.models.find import model_path
    from mimika.models.model import OnnxModel
    from mimika.training.extra import require

    be_quiet(quiet)
    print_json_alone(json)
    require("Evaluation", "evaluate")
    if charts is not None:
        require("Drawing charts")
    from mimika.apps.cli._evaluation_report import report
    from mimika.apps.cli._faces import open_faces
    from mimika.apps.cli._targets import claim
    from mimika.training.evaluation.charts import DRAWN, draw_evaluation
    from mimika.training.evaluation.evaluate import evaluate as measure

    drawn = [charts / name for name in DRAWN] if charts is not None else []
    claim([json, *drawn], inputs=[model, data], overwrite=overwrite)
    opened = OnnxModel(model_path(model), engine=engine, threads=threads)
    with progress_bar() as progress:
        faces, chosen = open_faces(
            model,
            opened,
            data,
            split=split,
            labels=labels,
            crop=crop,
            skip_bad=skip_bad,
            seed=seed,
            progress=progress,
        )
        figures = measure(
            opened, faces, chosen, mirror=mirror, resamples=bootstrap, progress=progress
        )
    for note in faces.notes:
        notice(note)
    if chosen == "all":
        notice(
            "All faces are evaluated on: where the model was trained on them, the figures flatter."
        )
    card = opened.card
    figures |= {"model": card.name, "data": faces.name, "labels": labels}
    title = f"{card.name} on {faces.name}, {chosen}" + (f", {labels}" if labels != "auto" else "")
    report(console, figures, title)
    if json is not None:
        write_json(json, figures)
    if charts is not None:
        for path in draw_evaluation(charts, figures, title):
            notice(f"Wrote {path}")
