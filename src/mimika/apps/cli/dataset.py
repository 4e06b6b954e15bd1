"""`mimika dataset`: what a data set holds, and what spoils it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal


def dataset(
    data: Path,
    /,
    *,
    labels: Literal["auto", "nine", "ferplus-8", "fer2013", "own"] = "auto",
    crop: Literal["auto", "face", "none"] = "auto",
    skip_bad: bool = False,
    seed: int = 0,
    sheet: Path = Path("mimika-out/samples.png"),
    json: Path | None = None,
    quiet: bool = False,
) -> None:
    """Look at a data set as training would see it: classes, sizes, samples, faults.

    Known are a folder per class, the competition's folder, fer2013.csv with or without FER+, and
    any CSV of path and label. Faults (missing or unreadable pictures, unknown labels, paths that
    leave the folder) are all listed, and end the command with an error.

    Args:
        data: The data set (docs/data.md).
        labels: Which labeling: nine, ferplus-8, fer2013, own; auto takes the best there is.
        crop: How faces are cut out of the pictures: auto, face or none.
        skip_bad: Faults are no error.
        seed: Of the automatic split, where the data set has none.
        sheet: The picture of samples to write.
        json: Write the report to this file as well.
        quiet: Print errors only.

    Examples:
        mimika dataset faces/
        mimika dataset fer2013.csv --labels nine
        mimika dataset competition/ --sheet samples.png --skip-bad
    """
    from mimika.apps.cli._dataset_report import report, write_json
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli.console import be_quiet
    from mimika.apps.cli.console import out as console
    from mimika.base.errors import InputError
    from mimika.base.files import check_writable
    from mimika.training.data.dataset import open_data
    from mimika.training.data.sheet import draw_sheet

    be_quiet(quiet)
    for path in [sheet] if json is None else [sheet, json]:
        check_writable(path)
    with progress_bar() as progress:
        faces = open_data(
            data, labels=labels, crop=crop, skip_bad=True, seed=seed, progress=progress
        )
    report(console, faces)
    draw_sheet(sheet, faces, seed=seed)
    console.print(f"Samples: {sheet}", soft_wrap=True)
    if json is not None:
        write_json(json, faces)
    if faces.problems and not skip_bad:
        raise InputError(
            f"{data} has faults ({len(faces.problems)}, listed above): mend them, or leave them "
            "out with --skip-bad."
        )
