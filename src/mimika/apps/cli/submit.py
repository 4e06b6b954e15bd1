"""`mimika submit`: the competition's submission.csv."""

from __future__ import annotations

from pathlib import Path

from mimika.apps.cli._options import Crop, Engine, Mirror, Model, Overwrite, Quiet, Target, Threads


def submit(
    model: Model,
    data: Path,
    /,
    *,
    output: Target = Path("submission.csv"),
    sample: Path | None = None,
    test_pictures: Path | None = None,
    solution: Path | None = None,
    crop: Crop = "auto",
    mirror: Mirror = False,
    engine: Engine = "auto",
    threads: Threads = 0,
    quiet: Quiet = False,
    overwrite: Overwrite = False,
) -> None:
    """Judge the competition's test pictures and write the submission.

    Rows, names and line ends are the sample's, class names the card's. Missing and unreadable
    pictures are named, and then nothing is written.

    Args:
        data: The competition's folder, with sample_submission.csv and test_kaggle/.
        sample: The sample submission, where it is elsewhere.
        test_pictures: The folder of the test pictures, where it is elsewhere.
        solution: The answers, for a rehearsal: prints the score.

    Examples:
        mimika submit runs/first competition/ -o submission.csv
        mimika submit default rehearsal/ --solution rehearsal/solution.csv
    """
    from mimika.apps.cli._progress import progress_bar
    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import be_quiet, notice, out as console
    from mimika.models.find import model_path
    from mimika.models.model import OnnxModel
    from mimika.training.submission import labels_by_name, score, submit as write

    be_quiet(quiet)
    inputs = [data / "sample_submission.csv", sample, solution, model]
    claim([output], inputs=inputs, overwrite=overwrite)
    if solution is not None:
        labels_by_name(solution)  # what is wrong with it is said before the work
    classifier = OnnxModel(model_path(model), engine=engine, threads=threads)
    with progress_bar() as progress:
        notes = write(
            classifier,
            data,
            output,
            sample=sample,
            pictures=test_pictures,
            crop=crop,
            mirror=mirror,
            progress=progress,
        )
    for note in notes:
        notice(note)
    notice(f"Wrote {output}")
    if solution is not None:
        right, count = score(output, solution)
        console.print(f"score (categorization accuracy): {right / count:.5f}, {right} of {count}")
