"""Compare this working tree's answers with those of an earlier revision.

    python scripts/compare_answers.py REVISION [FILE …]

Both look at the same clips as streams and at the same pictures, on one thread of the processor; the
greatest difference of a box (pixels) and of a probability is printed for each. Exit code 1 where a
face is missing, a label differs, a box by more than 0.01 pixels or a probability by more than 1e-6.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MEDIA = ROOT / "tests" / "media_files"
BOX_PX, PROBABILITY = 0.01, 1e-6
FILMS = {".mp4", ".gif", ".mov", ".mkv", ".webm"}

# Only names that every revision has had; run by each revision's own code.
RUNNER = """
import json, sys
import mimika
settings = mimika.Settings(engine="cpu", threads=1)
def told(faces):
    return [[f.emotion, [f.box.x, f.box.y, f.box.width, f.box.height],
             list(map(float, f.probabilities.values()))] for f in faces]
for path in json.loads(sys.argv[1]):
    if path.lower().endswith(tuple(json.loads(sys.argv[2]))):
        with mimika.Recognizer(settings) as recognizer, mimika.open_source(path) as film:
            print(json.dumps([told(recognizer(frame).faces) for frame in film]))
    else:
        print(json.dumps([told(mimika.analyze(path, settings=settings))]))
"""


def answers(source: Path, files: list[str]) -> list[list[list[list]]]:
    """What the code in `source` says of the files: faces by frame by file."""
    command = [sys.executable, "-c", RUNNER, json.dumps(files), json.dumps(sorted(FILMS))]
    environment = os.environ | {"PYTHONPATH": str(source)}
    run = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def difference(before: list[list[list]], after: list[list[list]]) -> tuple[float, float, int]:
    """Greatest difference of a box and of a probability, and faces or labels that differ."""
    box = probability = 0.0
    other = abs(len(before) - len(after))
    for old, new in zip(before, after, strict=False):
        other += abs(len(old) - len(new))
        for (word, sides, shares), (new_word, new_sides, new_shares) in zip(old, new, strict=False):
            other += word != new_word
            box = max([box, *(abs(a - b) for a, b in zip(sides, new_sides, strict=True))])
            gaps = (abs(a - b) for a, b in zip(shares, new_shares, strict=True))
            probability = max([probability, *gaps])
    return box, probability, other


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("revision")
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()
    found = arguments.files or [ROOT / "src/mimika/assets/demo.mp4", *sorted(MEDIA.glob("*.*"))]
    files = [str(f.resolve()) for f in found if f.suffix != ".md"]
    with tempfile.TemporaryDirectory() as folder:
        git = ["git", "-C", str(ROOT)]
        subprocess.run(
            [*git, "worktree", "add", "-q", "--detach", folder, arguments.revision], check=True
        )
        try:
            before = answers(Path(folder) / "src", files)
        finally:
            subprocess.run([*git, "worktree", "remove", "--force", folder], check=True)
    after = answers(ROOT / "src", files)
    failed = False
    for name, old, new in zip(files, before, after, strict=True):
        box, probability, other = difference(old, new)
        same = box <= BOX_PX and probability <= PROBABILITY and not other
        failed |= not same
        print(
            f"{Path(name).name}: {len(new)} frames, {sum(map(len, new))} faces; boxes to "
            f"{box:.2g} px, probabilities to {probability:.2g}, {other} faces or labels differ"
            f"{'' if same else '  DIFFERENT'}"
        )
    sys.exit(failed)


if __name__ == "__main__":
    main()
