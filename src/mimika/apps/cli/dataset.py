"""`mimika dataset`: what a data set holds, and what spoils it."""

from __future__ import annotations

from pathlib import Path

from mimika.apps.cli._options import (
    Crop,
    Data,
    JsonFile,
    Labels,
    Overwrite,
    Quiet,
    Seed,
    SkipBad,
)

SHEET = Path("mimika-out/samples.png")


def dataset(
    data: Data,
    /,
    *,
    labels: Labels = "auto",
    crop: Crop = "auto",
    skip_bad: SkipBad = False,
    seed: Seed = 0,
    sheet: Path = SHEET,
    json: JsonFile = None,
    quiet: Quiet = False,
    overwrite: Overwrite = False,
) -> None:
    """Look at a data set as training would see it: classes, sizes, samples, faults.

    Known are a folder per class, the competition's folder, fer2013.csv with or without FER+, and
    any CSV of path and label. Faults (missing or unreadable pictures, unknown labels, paths that
    leave the folder) are all listed, and end the command with an error.

    Args:
        sheet: The picture of samples to write.

    Examples:
        mimika dataset faces/
        mimika dataset fer2013.csv --labels nine
        mimika dataset competition/ --sheet samples.png --skip-bad
    """
    from mimika.apps.cli._dataset_report import as_dict, report
    from mimika.apps.cli._json import print_json_alone, write_json
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import be_quiet, out as console
    from mimika.base.errors import InputError
    from mimika.base.files import check_writable
    from mimika.training.data.dataset import open_data
    from mimika.training.data.sheet import draw_sheet

    be_quiet(quiet)
    print_json_alone(json)
    # The usual sheet is Mimika's own and is drawn anew each time.
    claim([json, None if sheet == SHEET else sheet], inputs=[data], overwrite=overwrite)
    check_writable(sheet)
    with progress_bar() as progress:
        faces = open_data(
            data, labels=labels, crop=crop, skip_bad=True, seed=seed, progress=progress
        )
    report(console, faces)
    draw_sheet(sheet, faces, seed=seed)
    console.print(f"Samples: {sheet}", soft_wrap=True)
    if json is not None:
        write_json(json, as_dict(faces))
    if faces.problems and not skip_bad:
        raise InputError(
            f"{data} has faults ({len(faces.problems)}, listed above): mend them, or leave them "
            "out with --skip-bad."
        )
