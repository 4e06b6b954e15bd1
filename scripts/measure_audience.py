"""How right and how fast `mimika audience` is; `docs/audience.md` has the figures.

python scripts/measure_audience.py truth     # audiences with known reactions of real faces
python scripts/measure_audience.py chance    # audiences that react at random
python scripts/measure_audience.py sound     # recordings in the film, in rooms and noise
python scripts/measure_audience.py speed     # fifty viewers of an hour
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from helpers.audiences import Material, audience, material, recording, stacked  # noqa: E402
from helpers.rooms import film_sound, heard  # noqa: E402
from helpers.viewings import write_film  # noqa: E402
from mimika.audience.alignment import FilmSound, align  # noqa: E402
from mimika.audience.significance import STEP, peak_means, shifted  # noqa: E402
from mimika.audience.study import study  # noqa: E402
from mimika.timeline.files import write_timeline  # noqa: E402
from mimika.timeline.measure import measure  # noqa: E402
from mimika.timeline.resample import RATE_HZ, Timeline, Track  # noqa: E402

SECONDS = 600
TRIALS = 10
NEAR_S = 3.0
SURE_P = 0.05
HOUR_S = 3600


def truth() -> None:
    """Recall and precision of moments, and the error of their onsets."""
    faces = material(ROOT / "tests" / "media_files", ROOT / "src/mimika/assets/demo.mp4")
    for share in (0.5, 0.3, 0.2):
        found, right, expected, errors = 0, 0, 0, []
        for trial in range(TRIALS):
            rng = np.random.default_rng(trial)
            times = np.sort(rng.choice(np.arange(30, SECONDS - 30, 30), 6, replace=False))
            events = [(float(t), ("happy", "sad")[i % 2]) for i, t in enumerate(times)]
            viewers = audience(
                faces,
                viewers=20,
                seconds=SECONDS,
                events=events,
                share=share,
                random_events=3,
                seed=trial,
            )
            moments = study(stacked(viewers, SECONDS), lag_s=1.0).moments
            sure = [m for m in moments if m.p is not None and m.p <= SURE_P]
            expected += len(events)
            found += len(sure)
            for at_s, kind in events:
                near = [m for m in sure if m.emotion == kind and abs(m.onset_s - at_s) < NEAR_S]
                right += bool(near)
                errors += [abs(m.onset_s - at_s) for m in near[:1]]
        print(
            f"20 viewers, {share:.0%} react: recall {right}/{expected}, precision {right}/{found}, "
            f"error of onset {np.mean(errors):.2f} s on average, {max(errors):.2f} s at most"
        )


def chance() -> None:
    """How often an audience that reacts at random has a p of so much or less, and a moment."""
    faces = material(ROOT / "tests" / "media_files", ROOT / "src/mimika/assets/demo.mp4")
    trials, false, smallest = 100, 0, []
    for trial in range(trials):
        viewers = audience(
            faces, viewers=12, seconds=300, events=[], random_events=5, seed=1000 + trial
        )
        together = stacked(viewers, 300)
        found = study(together, lag_s=1.0, seed=trial, shifts=500)
        false += any(m.p is not None and m.p <= SURE_P for m in found.moments)
        smallest.append(smallest_p(together.departures, trial))
    print(
        f"12 viewers who react at random: {false} of {trials} audiences have a moment (p <= 0.05)"
    )
    for p in (0.05, 0.1, 0.2, 0.5):
        share = np.mean(np.array(smallest) <= p)
        print(f"the smallest p of an audience is {p} or less in {share:.0%} of them")


def smallest_p(departures: NDArray[np.float32], seed: int) -> float:
    """The p of the emotion whose largest mean is the rarest."""
    null = shifted(departures, 500, seed=seed)
    if null is None:
        return 1.0
    thin = departures[:, ::STEP].transpose(0, 2, 1)
    known = np.isfinite(thin[:, :1])
    total = np.concatenate([np.where(known, thin, 0.0), known], axis=1).sum(axis=0)
    heights = peak_means(total.astype(np.float32), len(departures))
    return min(null.p(emotion, float(height)) for emotion, height in enumerate(heights))


def sound() -> None:
    """Errors of alignment, and foreign films that are taken for the film."""
    whole = film_sound(400, 1)
    film = FilmSound(whole)
    for words, options in (
        ("clean", {"room": False}),
        ("room, noise 10 dB below the film", {"noise_db": 10}),
        ("room, noise as loud as the film", {"noise_db": 0}),
        ("room, noise 6 dB above the film", {"noise_db": -6}),
    ):
        errors, refused = [], 0
        for trial in range(20):
            begin_s = float(np.random.default_rng(trial).uniform(-10, 150))
            found = align(film, heard(whole, begin_s=begin_s, seconds=200, seed=trial, **options))
            if found is None:
                refused += 1
            else:
                ends = found.film_time(np.array([0.0, 200.0])) - [begin_s, begin_s + 200]
                errors.append(np.abs(ends).max())
        worst = f"{max(errors) * 1e3:.0f} ms" if errors else "-"
        print(f"{words}: error at most {worst}, {refused} of 20 refused")
    hour = film_sound(3700, 2)
    recording = heard(hour, begin_s=10, seconds=3600, noise_db=6, drift=1e-4, room=False)
    found = align(FilmSound(hour), recording)
    if found is None:
        print("an hour with a drift of 100 ppm: refused")
    else:
        ends = found.film_time(np.array([0.0, 3600.0])) - [10, 10 + 3600 * (1 + 1e-4)]
        print(f"an hour with a drift of 100 ppm: error at most {np.abs(ends).max() * 1e3:.0f} ms")
    small = FilmSound(film_sound(120, 3))
    taken = sum(
        align(small, heard(film_sound(70, 1000 + i), begin_s=0, seconds=60, noise_db=20, seed=i))
        is not None
        for i in range(200)
    )
    print(f"foreign films: {taken} of 200 are taken for the film")


def speed() -> None:
    """`mimika audience` of fifty viewers of an hour whose faces are recognized already."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: what it took at the most would be counted for its children too.
        making = get_context("spawn").Process(target=make_hours, args=(folder,))
        making.start()
        making.join()
        words = ["audience", "viewers.csv", "--film", "film.mp4", "--shifts", "1000", "--quiet"]
        for options in ([], ["--overwrite", "--least", "1.5"]):
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "mimika", *words, *options],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
                check=True,
                stdout=subprocess.DEVNULL,
            )
            took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(
                f"50 viewers of 60 minutes, 1,000 shifts{', other options' if options else ''}: "
                f"{took:.1f} s ({used:.1f} s of processors)"
            )
        print(f"peak {peak_mb(words, folder):.0f} MB; page, tables and cut list included")


def peak_mb(words: list[str], folder: Path) -> float:
    """The most memory that the command takes, as it says itself."""
    code = (
        "import resource, sys; from mimika.apps.cli.main import run; run(sys.argv[1:]); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, *words, "--overwrite"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    return int(ended.stderr.split()[-1]) / 1024


def make_hours(folder: Path) -> None:
    """Write a film of an hour, and the timelines of fifty viewers."""
    faces = material(ROOT / "tests" / "media_files", ROOT / "src/mimika/assets/demo.mp4")
    write_film(folder / "film.mp4", HOUR_S, film_sound(HOUR_S, 1), rate=Fraction(5))
    lines = ["viewer,file,offset_s,group"]
    for number in range(50):
        write_timeline(folder / f"{number}.parquet", measure(an_hour(faces, number)), {})
        lines.append(f"{number},{number}.parquet,0,{'ab'[number % 2]}")
    (folder / "viewers.csv").write_text("\n".join(lines))


def an_hour(faces: Material, number: int) -> Timeline:
    """A viewer's hour: at rest, with sixty reactions, twenty of which all viewers share."""
    rng = np.random.default_rng(number)
    still = recording(faces, seconds=60, person=number % 2, seed=number)
    _, rest = still.table(still.seen())
    rows = np.tile(rest, (HOUR_S // 60 + 1, 1))[: HOUR_S * RATE_HZ]
    shared = np.random.default_rng(1).integers(100, HOUR_S * RATE_HZ - 100, 20)
    for turn, at in enumerate([*shared, *rng.integers(0, HOUR_S * RATE_HZ - 100, 40)]):
        kind = ("happy", "sad")[turn % 2]
        shown = recording(faces, seconds=5, events=[(0.0, kind)], seed=turn)
        _, moved = shown.table(shown.seen())
        rows[at : at + len(moved)] = moved
    seen = np.ones(len(rows), bool)
    away = rng.integers(0, len(rows) - 600)
    seen[away : away + 600] = False
    timeline = Timeline()
    timeline.labels = still.labels
    timeline.cover(0.0, HOUR_S)
    track = timeline.tracks[1] = Track(1, rows.shape[1])
    track.restore(np.flatnonzero(seen), rows[seen])
    return timeline


if __name__ == "__main__":
    {"truth": truth, "chance": chance, "sound": sound, "speed": speed}[sys.argv[1]]()
