"""`mimika image`: pictures, folders of pictures, patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from mimika.apps.cli._output import Output
from mimika.pipeline.settings import Settings

if TYPE_CHECKING:
    from mimika.schema.results import FrameResult


def image(
    files: Annotated[list[str], Parameter(negative="")],
    /,
    *,
    settings: Annotated[Settings, Parameter(name="*")] = Settings(),
    output: Annotated[Output, Parameter(name="*")] = Output(),
) -> None:
    """See pictures: each face with its emotion, as a table, and as files where asked for.

    Examples:
        mimika image photo.jpg
        mimika image photo.jpg --output seen.jpg
        mimika image holiday/ "more/*.png" --output seen/ --csv seen.csv

    Args:
        files: Pictures, folders of pictures, or patterns such as "*.jpg".
    """
    from contextlib import ExitStack

    from mimika.apps.cli._run import say_written
    from mimika.apps.cli.console import be_quiet, notice
    from mimika.pipeline.analyze import PictureAnalyzer
    from mimika.pipeline.process import process
    from mimika.sources.images import Images

    be_quiet(output.quiet)
    with ExitStack() as stack:
        pictures = stack.enter_context(Images(files))
        analyzer = PictureAnalyzer(settings)
        sinks = output.open_sinks(stack, pictures.info, analyzer.schema)
        for note in analyzer.networks.model.notes:
            notice(note)
        process(
            pictures,
            sinks=sinks,
            recognizer=analyzer,
            on_progress=lambda progress: _say(progress.result, output.lang),
        )
    for warning in pictures.warnings:
        notice(warning)
    say_written(output.files.values())


def _say(result: FrameResult, language: str) -> None:
    """Print one picture's faces."""
    from rich.markup import escape

    from mimika.apps.cli.console import out
    from mimika.labels.emotions import translate

    out.print(f"[bold]{escape(result.name or '')}[/]: {_count(len(result.faces))}", soft_wrap=True)
    for face in result.faces:
        box = face.box
        ranked = sorted(face.probabilities.items(), key=lambda item: -item[1])[:3]
        rest = ", ".join(f"{translate(k, language)} {p:.0%}" for k, p in ranked)
        word = translate(face.emotion, language)
        out.print(
            f"  {face.track_id}  {word:<12} {face.confidence:4.0%}  at "
            f"{box.x:.0f},{box.y:.0f} size {box.width:.0f}x{box.height:.0f}  ({rest})",
            soft_wrap=True,
            markup=False,
        )


def _count(faces: int) -> str:
    return "no face" if faces == 0 else f"{faces} face{'s' if faces > 1 else ''}"
