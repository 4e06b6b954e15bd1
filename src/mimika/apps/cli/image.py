"""`mimika image`: pictures, folders of pictures, patterns."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mimika.apps.cli._input import Recursive, Rotate
from mimika.apps.cli._output import (
    PictureOutput,
    PictureOutputOption,
    PictureSettings,
    PictureSettingsOption,
)
from mimika.pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mimika.schema.results import FrameResult
    from mimika.sources.images import Images


def image(
    files: Annotated[list[str], Parameter(negative="")],
    /,
    *,
    recursive: Recursive = False,
    rotate: Rotate = "auto",
    settings: PictureSettingsOption = PictureSettings(),
    output: PictureOutputOption = PictureOutput(),
) -> int:
    """Recognize emotions in pictures: prints every face, and writes files where asked for.

    A picture that cannot be read is named, and the others are still looked at; the exit code tells.

    Examples:
        mimika image photo.jpg
        mimika image photo.jpg --output seen.jpg
        mimika image holiday/ "more/*.png" --output seen/ --csv seen.csv
        mimika image photos/ --recursive --csv seen.csv

    Args:
        files: Pictures, folders of pictures, or patterns such as "*.jpg".
    """
    from contextlib import ExitStack

    from mimika.apps.cli._targets import picture_target
    from mimika.apps.cli.console import be_quiet, notice, notice_once
    from mimika.base.errors import MimikaError
    from mimika.pipeline.analyze import PictureAnalyzer
    from mimika.pipeline.process import process
    from mimika.sinks.table import SINKS
    from mimika.sources.images import Images

    be_quiet(output.quiet)
    checked = Settings(**asdict(settings))
    targets = {
        option: target if option == "output" else picture_target(SINKS[option], target)
        for option, target in output.files.items()
    }
    with ExitStack() as stack:
        pictures = stack.enter_context(
            Images(files, recursive=recursive, rotate=rotate, go_on=True)
        )
        output.claim(_written(targets, pictures), inputs=pictures.paths)
        analyzer = PictureAnalyzer(checked)
        sinks = output.open_sinks(stack, pictures.info, analyzer.schema, targets)
        process(
            pictures,
            sinks=sinks,
            recognizer=analyzer,
            on_progress=lambda progress: _print_faces(progress.result, output.lang),
        )
        if len(pictures.bad) < len(pictures.paths):
            notice_once(analyzer.networks.model.notes)
    for warning in pictures.warnings:
        notice(warning)
    if targets:
        from mimika.apps.cli._run import name_written

        name_written(targets.values(), output.lang)
    codes = {error.exit_code for error in pictures.bad}
    return codes.pop() if len(codes) == 1 else MimikaError.exit_code if codes else 0


def _written(targets: Mapping[str, Path], pictures: Images) -> list[Path]:
    """Every file that will be written."""
    tables = [target for option, target in targets.items() if option != "output"]
    if "output" not in targets:
        return tables
    from mimika.sinks.stills import still_targets

    names = [str(path) for path in pictures.paths]
    return tables + still_targets(targets["output"], names, root=Path(pictures.info.name))


def _print_faces(result: FrameResult, language: str) -> None:
    """Print one picture's faces."""
    from mimika.apps.cli.console import say, shown
    from mimika.apps.words import counted, word
    from mimika.labels.emotions import translate

    count = len(result.faces)
    many = counted("faces", count, language) if count else word("no_face", language)
    say(f": {many}", heading=shown(result.name or ""))
    for face in result.faces:
        box = face.box
        ranked = sorted(face.probabilities.items(), key=lambda item: -item[1])
        others = [(name, p) for name, p in ranked if name != face.emotion][:2]
        rest = ", ".join(f"{shown(translate(name, language))} {p:.0%}" for name, p in others)
        place = word("place", language, x=box.x, y=box.y, width=box.width, height=box.height)
        emotion = shown(translate(face.emotion, language))
        say(f"  {face.track_id}  {emotion:<12} {face.confidence:4.0%}  {place}  ({rest})")
