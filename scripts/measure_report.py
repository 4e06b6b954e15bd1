"""How long a report of an hour takes beyond recognition; `docs/report.md` has the figures.

    python scripts/measure_report.py

The hour is the demo clip, recognized once, over and over.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import mimika
from mimika.apps.report.build import write_report
from mimika.apps.report.facts import Facts
from mimika.apps.report.page import Report
from mimika.timeline.measure import measure
from mimika.timeline.moments import LEAST_STRENGTH, choose
from mimika.timeline.resample import Timeline

CLIP = Path(mimika.__file__).parent / "assets" / "demo.mp4"
HOUR_S = 3600


def main() -> None:
    timeline = hour()
    for name, clock in (("processor", time.process_time), ("wall", time.perf_counter)):
        began = clock()
        measured = measure(timeline)
        found = clock()
        report = Report(
            measured=measured,
            moments=choose(measured.moments),
            least=LEAST_STRENGTH,
            facts=Facts(source="hour.mp4"),
        )
        with tempfile.TemporaryDirectory() as folder:
            write_report(Path(folder), report, "en")
        ended = clock()
        print(
            f"{name} time: {len(measured.moments)} moments found in {found - began:.2f} s, ", end=""
        )
        print(f"files written in {ended - found:.2f} s")


def hour() -> Timeline:
    timeline = Timeline()
    with mimika.Recognizer() as recognizer, mimika.open_source(CLIP) as film:
        results = [recognizer(frame) for frame in film]
    begin_s = 0.0
    while begin_s < HOUR_S:
        for result in results:
            timeline.add(replace(result, time_s=begin_s + result.time_s))
        begin_s += results[-1].time_s + 0.04
    return timeline


if __name__ == "__main__":
    main()
