"""`mimika submit`: the competition's submission.csv."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def submit(
    model: str,
    data: Path,
    /,
    *,
    output: Annotated[Path, Parameter(alias="-o")] = Path("submission.csv"),
    sample: Path | None = None,
    pictures: Path | None = None,
    solution: Path | None = None,
    crop: Literal["auto", "face", "none"] = "auto",
    mirror: bool = False,
    engine: str = "auto",
    threads: int = 0,
    quiet: bool = False,
) -> None:
    """Judge the competition's test pictures and write the submission.

    Rows, names and line ends are the sample's, class names the card's. Missing and unreadable
    pictures are named, and then nothing is written.

    Args:
        model: A model file, a run's folder, or a bundled model's name.
        data: The competition's folder, with sample_submission.csv and test_kaggle/.
        output: The CSV file to write.
        sample: The sample submission, where it is elsewhere.
        pictures: The folder of the test pictures, where it is elsewhere.
        solution: The answers, for a rehearsal: prints the score.
        crop: How faces are cut out of the pictures: auto, face or none.
        mirror: Average each face with its mirror image.
        engine: What runs the network.
        threads: Threads of the network; 0 takes all cores.
        quiet: Print errors only.

    Examples:
        mimika submit runs/first competition/ -o submission.csv
        mimika submit default rehearsal/ --solution rehearsal/solution.csv
    """
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli.console import be_quiet, notice
    from mimika.apps.cli.console import out as console
    from mimika.base.files import check_writable
    from mimika.models.find import model_path
    from mimika.models.model import OnnxModel
    from mimika.training.submission import labels_by_name, score
    from mimika.training.submission import submit as write

    be_quiet(quiet)
    check_writable(output)
    if solution is not None:
        labels_by_name(solution)  # what is wrong with it is said before the work
    classifier = OnnxModel(model_path(model), engine=engine, threads=threads)
    with progress_bar() as progress:
        notes = write(
            classifier,
            data,
            output,
            sample=sample,
            pictures=pictures,
            crop=crop,
            mirror=mirror,
            progress=progress,
        )
    for note in notes:
        notice(note)
    console.print(f"wrote {output}", soft_wrap=True)
    if solution is not None:
        right, count = score(output, solution)
        console.print(f"score (categorization accuracy): {right / count:.5f}, {right} of {count}")
