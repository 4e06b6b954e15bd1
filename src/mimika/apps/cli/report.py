"""`mimika report`: a recording of viewers as a page, plots and tables."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from mimika.apps.cli._options import AT_LEAST_1, Language, Overwrite, Quiet, Resume, Target
from mimika.apps.cli._output import SettingsOption
from mimika.pipeline.settings import Settings


def report(
    recording: str,
    /,
    *,
    output: Target = Path("report"),
    top: Annotated[int, Parameter(validator=AT_LEAST_1)] = 10,
    emotions: str | None = None,
    least: Annotated[float, Parameter(validator=Number(gt=0))] = 4.0,
    baseline: str | None = None,
    thumbnails: bool = False,
    lang: Language = "en",
    resume: Resume = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    settings: SettingsOption = Settings(),
) -> None:
    """Report what moved the people of a recording, measured against their own faces at rest.

    Writes report.html (one file that opens without a network), timeline.parquet, moments.csv, and
    plots for slides. No picture is kept unless you ask for it. Ctrl-C keeps what was recognized of
    a film; --resume goes on from there.

    Examples:
        mimika report recording.mp4 -o report/
        mimika report seen.parquet -o report/ --lang ru
        mimika report recording.mp4 --baseline 30 --people 1
        mimika report recording.mp4 --baseline calm.mp4 --thumbnails --top 20
        mimika report recording.mp4 -o report/ --resume

    Args:
        recording: A film, or a .csv, .jsonl or .parquet file that Mimika wrote of one.
        top: How many moments to show; each emotion has its share.
        emotions: Show moments of these only, with commas between them.
        least: Least strength of a moment, in robust standard deviations of the face
            at rest.
        baseline: Where the face is at rest: seconds from the beginning, a span such as 60-90, or
            another recording; else the calmest stretch is found.
        thumbnails: Keep small pictures of the faces at the moments in the page.
        lang: Language of the page, the plots and the table: en or ru.
    """
    from mimika.apps.cli._kept import KeptResults
    from mimika.apps.cli._recordings import emotions_of, is_film, load, rest_of
    from mimika.apps.cli._run import attention_table, moments_table, name_written
    from mimika.apps.cli._targets import claim
    from mimika.apps.cli.console import be_quiet, notice, out
    from mimika.apps.report.build import PAGE, check_packages, files_in, write_report
    from mimika.apps.report.page import Report
    from mimika.apps.report.thumbnails import thumbnails as cut
    from mimika.apps.words import word
    from mimika.base.errors import IncompleteInput
    from mimika.timeline.measure import measure
    from mimika.timeline.moments import choose
    from mimika.timeline.people import at_once

    be_quiet(quiet)
    check_packages()
    kept = None
    if is_film(recording):
        kept = KeptResults(output, recording, settings, lang, resume=resume, overwrite=overwrite)
    # The page is written last: without it the tables are an interrupted run's, not whole.
    unfinished = kept is not None and kept.goes_on and not (output / PAGE).exists()
    claim(files_in(output), inputs=[recording], overwrite=overwrite or unfinished)
    with kept or nullcontext():
        rest = rest_of(baseline, settings, lang)
        timeline, facts = load(recording, settings, lang, kept)
        wanted = emotions_of(emotions, timeline.labels)
        measured = measure(timeline, most_people=settings.people or None, rest=rest, least=least)
        chosen = choose(measured.moments, top, wanted)
        pictures = []
        if thumbnails and is_film(recording):
            pictures = cut(recording, measured, chosen)
        elif thumbnails:
            notice("A table holds no pictures: the report is without thumbnails.")
        made = Report(
            measured=measured, moments=chosen, least=least, facts=facts, thumbnails=pictures
        )
        written = write_report(output, made, lang)
    if len(measured.reactions) > 1 and at_once(timeline) == 1:
        notice(word("never_at_once", lang, count=len(measured.reactions)))
    if measured.reactions:
        out.print(attention_table(measured, lang))
    if chosen:
        out.print(moments_table(chosen, lang, joined=True))
    else:
        out.print(word("no_moments", lang))
    name_written(written, lang)
    if kept is not None and kept.incomplete:
        raise IncompleteInput(kept.incomplete)
