"""Write the tables of docs/model-card.md that audits of the bundled models fill.

    python scripts/write_model_card_tables.py FERPLUS london/ -o audits/

audits all on each data set (`mimika audit`; of the first the valid faces, in ferplus-8's labels)
and keeps pages and JSON in folders `audits/MODEL-DATA`, whose audit.json is for the cards
(scripts/write_card_metrics.py). With --kept the audits that lie there are taken. The text between
the two marks of the page is replaced.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimika.apps.cli.main import run
from mimika.base.files import replacing
from mimika.models.find import BUNDLED
from mimika.training.audit.groups import WHOLE
from mimika.training.audit.summary import title

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE = Path(__file__).parents[1] / "docs" / "model-card.md"
MODELS = tuple(BUNDLED)
BEGIN, END = "<!-- audit: begin -->", "<!-- audit: end -->"

Audits = dict[str, dict[str, Any]]
"""Model to its audit of one data set."""


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def with_interval(figure: dict[str, Any]) -> str:
    low, high = (100 * end for end in figure["interval"])
    digits = 1 if high < 2 else 0
    return f"{percent(figure['value'])} ({low:.{digits}f}-{high:.{digits}f})"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"| {' | '.join('---' for _ in head)} |",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def clean(audits: Audits) -> list[str]:
    rows = []
    for model, found in audits.items():
        confident = found["calibration"]["confident"]["right"]
        figures = [percent(found["clean"][k]) for k in ("accuracy", "balanced_accuracy", "ece")]
        figures.append(with_interval(confident) if confident else "")
        presence = found["presence"]
        figures.append(with_interval(presence["hidden"]) if presence else "")
        rows.append([f"`{model}`", *figures])
    head = ["", "accuracy", "balanced accuracy", "calibration error", "right, of answers of 90%"]
    head.append("hidden as no faces")
    return table(head, rows)


def selective(audits: Audits) -> list[str]:
    """What each `--min-confidence` leaves."""
    first = next(iter(audits.values()))
    rows = []
    for place, each in enumerate(first["calibration"]["selective"]):
        row = [f"{each['least']:g}"]
        for found in audits.values():
            own = found["calibration"]["selective"][place]
            right = percent(own["right"]["value"]) if own["right"] else ""
            row += [percent(own["answered"]["value"]), right]
        rows.append(row)
    head = ["`--min-confidence`"]
    for model in audits:
        head += [f"`{model}`: faces with an answer", "of these right"]
    return table(head, rows)


def robustness(audits: Audits) -> list[str]:
    first = next(iter(audits.values()))
    rows = []
    for place, each in enumerate(first["robustness"]):
        for number, grade in enumerate(each["grades"]):
            row = [f"{each['name']} {grade['written']}"]
            for found in audits.values():
                own = found["robustness"][place]["grades"][number]
                row += [percent(own["accuracy"]["value"]), percent(own["changed"]["value"])]
                row.append(percent(own["hidden"]["value"]) if own["hidden"] else "")
            rows.append(row)
    for number, each in enumerate(first["steadiness"][:1]):
        row = [each["what"]]
        for found in audits.values():
            row += ["", percent(found["steadiness"][number]["changed"]["value"]), ""]
        rows.append(row)
    head = ["degradation"]
    for model in audits:
        head += [f"`{model}`: accuracy", "labels changed", "hidden"]
    return table(head, rows)


def groups(audits: Audits) -> list[str]:
    first = next(iter(audits.values()))
    rows = []
    for column, compared in first["groups"].items():
        for place, each in enumerate(compared["groups"]):
            if each["too_few"] or each["class"] == WHOLE:
                continue
            row = [f"{column}: {each['group']}", each["class"], str(each["right"]["n"])]
            for found in audits.values():
                own = found["groups"][column]["groups"][place]
                note = " **unequal**" if own["unequal"] else ""
                row.append(with_interval(own["right"]) + note)
            rows.append(row)
    return table(["group", "class", "faces", *(f"`{model}`" for model in audits)], rows)


def few(audits: Audits) -> str:
    compared = next(iter(audits.values()))["groups"]
    words = {
        f"{row['group']} ({column})"
        for column, each in compared.items()
        for row in each["groups"]
        if row["too_few"]
    }
    return f"Too few faces to compare: {', '.join(sorted(words))}." if words else ""


def section(audits: Audits) -> list[str]:
    first = next(iter(audits.values()))
    lines = [f"### {title(first)}", f"{first['n']} faces, {first['created']}.", ""]
    lines += clean(audits) + selective(audits)
    if first["groups"]:
        return [*lines, *groups(audits), few(audits), ""]
    return lines + robustness(audits)


def audited(model: str, data: Path, folder: Path, words: list[str], kept: bool) -> dict[str, Any]:
    """What `mimika audit` found, or once found, of a model on a data set."""
    out = folder / f"{model}-{data.resolve().name}"
    if not kept and run(["audit", model, str(data), "-o", str(out), "--overwrite", *words]):
        raise SystemExit(f"The audit of {model} on {data} failed.")
    found: dict[str, Any] = json.loads((out / "audit.json").read_text(encoding="utf-8"))
    return found


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--labels", default="ferplus-8")
    parser.add_argument("--kept", action="store_true")
    given = parser.parse_args(words)
    lines: list[str] = []
    for place, data in enumerate(given.data):
        own = ["--labels", given.labels, "--split", "valid"] if place == 0 else []
        audits = {model: audited(model, data, given.output, own, given.kept) for model in MODELS}
        lines += section(audits)
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    with replacing(PAGE) as part:
        part.write_text(f"{head}{BEGIN}\n" + "\n".join(lines) + f"{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
