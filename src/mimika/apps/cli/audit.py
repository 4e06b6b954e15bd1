"""`mimika audit`: what a model file is worth when pictures get worse, and for whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from mimika.apps.cli._options import (
    AT_LEAST_1,
    Crop,
    Data,
    Engine,
    Labels,
    Model,
    Overwrite,
    Quiet,
    Seed,
    Several,
    SkipBad,
    Target,
    Threads,
)


def audit(
    model: Model,
    data: Data,
    /,
    *,
    output: Target = Path("audit"),
    labels: Labels = "auto",
    split: Literal["auto", "all", "train", "valid", "test"] = "auto",
    groups: Annotated[tuple[str, ...], Several] = (),
    fewest: Annotated[int, Parameter(validator=AT_LEAST_1)] = 20,
    stills: bool = False,
    crop: Crop = "auto",
    skip_bad: SkipBad = False,
    seed: Seed = 0,
    engine: Engine = "auto",
    threads: Threads = 0,
    quiet: Quiet = False,
    overwrite: Overwrite = False,
) -> None:
    """Audit a model on labeled faces: accuracy, confidence, robustness, groups, steadiness.

    Writes audit.html (one file that opens without a network) and audit.json. Whole pictures go
    through the face detector as in the product. Read test once, for the figure that you publish.

    Args:
        split: Which faces; auto is valid where the data set has it, else test, else all.
        groups: Columns of the table to compare people by, such as age and gender; all that name
            groups where not given.
        fewest: Groups of fewer faces are called too few, and are not compared.
        stills: Judge each face as a picture by itself is: with its mirror image, and upright where
            it is tilted; else once, as in a stream.

    Examples:
        mimika audit default FERPLUS --labels ferplus-8 -o audit/
        mimika audit runs/first portraits.csv --groups age gender ethnicity
    """
    from mimika.apps.cli._audit_report import report
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import be_quiet, notice, out as console
    from mimika.models.model import open_model
    from mimika.training.extra import require

    be_quiet(quiet)
    require("An audit", "evaluate")
    from mimika.apps.cli._faces import open_faces
    from mimika.apps.report.audit_page import check_packages, files_in, write_audit
    from mimika.training.audit.audit import audit as measure

    check_packages()
    claim(files_in(output), inputs=[model, data], overwrite=overwrite)
    opened = open_model(model, engine=engine, threads=threads)
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
        found = measure(
            opened,
            faces,
            chosen,
            labels=labels,
            groups=groups,
            fewest=fewest,
            still=stills,
            progress=progress,
        )
    for note in faces.notes:
        notice(note)
    report(console, found)
    for path in write_audit(output, found):
        notice(f"Wrote {path}")
