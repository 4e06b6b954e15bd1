"""How right and how fast `mimika audience` is; `docs/audience.md` has the figures.

python scripts/measure_audience.py truth     # audiences with known reactions of real faces
python scripts/measure_audience.py chance    # audiences that react at random
python scripts/measure_audience.py sound     # recordings in the film, in rooms and noise
python scripts/measure_audience.py speed     # fifty viewers of an hour
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from helpers.audiences import audience, material, stacked  # noqa: E402
from helpers.rooms import film_sound, heard  # noqa: E402
from mimika.audience.alignment import FilmSound, align  # noqa: E402
from mimika.audience.stack import Stack  # noqa: E402
from mimika.audience.study import study  # noqa: E402

SECONDS = 600
TRIALS = 10
NEAR_S = 3.0
SURE_P = 0.05


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
    """How often an audience that reacts at random has a moment with p of 0.05 or less."""
    faces = material(ROOT / "tests" / "media_files", ROOT / "src/mimika/assets/demo.mp4")
    trials, false = 40, 0
    for trial in range(trials):
        viewers = audience(
            faces, viewers=12, seconds=300, events=[], random_events=5, seed=1000 + trial
        )
        found = study(stacked(viewers, 300), lag_s=1.0, seed=trial, shifts=500)
        false += any(m.p is not None and m.p <= SURE_P for m in found.moments)
    print(
        f"12 viewers who react at random: {false} of {trials} audiences have a moment (p <= 0.05)"
    )


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
    """Fifty viewers of an hour, a thousand shifts."""
    rng = np.random.default_rng(0)
    values = np.zeros((50, 36_001, 7), np.float32)
    for row in values:
        for at in rng.integers(0, 35_900, 60):
            row[at : at + 50, rng.integers(7)] = rng.uniform(2, 10)
        away = rng.integers(0, 35_000)
        row[away : away + 600] = np.nan
    began, busy = time.perf_counter(), time.process_time()
    emotions = ("anger", "contempt", "disgust", "fear", "happy", "sad", "surprise")
    found = study(Stack(emotions, values, ("",) * 50), lag_s=1.0)
    took, used = time.perf_counter() - began, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"50 viewers of 60 minutes, 1,000 shifts, {len(found.moments)} moments: {took:.1f} s "
        f"({used:.1f} s of processor), peak {peak:.0f} MB with the values themselves"
    )


if __name__ == "__main__":
    {"truth": truth, "chance": chance, "sound": sound, "speed": speed}[sys.argv[1]]()
