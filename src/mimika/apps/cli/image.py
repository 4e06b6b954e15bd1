"""`mimika image`: pictures, folders of pictures, patterns."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from mimika.pipeline.settings import Output, Settings


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

    from mimika.apps.cli._run import open_sinks, say_written
    from mimika.apps.cli.console import be_quiet, notice, out
    from mimika.drawing.overlay import Overlay
    from mimika.labels.emotions import translate
    from mimika.pipeline.recognizer import Recognizer
    from mimika.sinks.stills import StillsSink
    from mimika.sources.images import Images

    be_quiet(output.quiet)
    with ExitStack() as stack:
        pictures = stack.enter_context(Images(files))
        recognizer = Recognizer(settings)
        sinks = open_sinks(
            stack,
            output,
            recognizer.card.labels,
            named=True,
            pictures=lambda path: StillsSink(path, Overlay(language=output.lang)),
        )
        for note in recognizer.notes:
            notice(note)
        for frame in pictures:
            # Every picture is a scene of its own: nothing is carried over.
            result = recognizer.fork().picture(frame)
            for sink in sinks:
                sink.write(frame, result)
            out.print(f"[bold]{frame.name}[/]: {_count(len(result.faces))}", soft_wrap=True)
            for face in result.faces:
                box = face.box
                ranked = sorted(face.probabilities.items(), key=lambda item: -item[1])[:3]
                rest = ", ".join(f"{translate(k, output.lang)} {p:.0%}" for k, p in ranked)
                word = translate(face.emotion, output.lang)
                out.print(
                    f"  {face.track_id}  {word:<12} {face.confidence:4.0%}  at "
                    f"{box.x:.0f},{box.y:.0f} size {box.width:.0f}x{box.height:.0f}  ({rest})",
                    soft_wrap=True,
                )
    for warning in pictures.warnings:
        notice(warning)
    say_written([output.output, output.csv, output.jsonl])


def _count(faces: int) -> str:
    return "no face" if faces == 0 else f"{faces} face{'s' if faces > 1 else ''}"
