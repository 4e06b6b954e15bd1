"""Where a recording lies in the film, by the film's sound that is heard in it.

Generalized cross-correlation with phase transform (Knapp & Carter 1976, IEEE Transactions on
Acoustics, Speech, and Signal Processing 24, 320-327): the cross-spectrum is divided by its size, so
that every frequency counts alike and a room's coloring does not. Windows all over the recording are
looked for in the film; a line through their places gives offset and drift of the recorder's clock.
Windows of a foreign film fall anywhere, so what fits no line is refused, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mimika.audience.sound import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

BAND_HZ = (200.0, 3400.0)
"""Below it rooms rumble, above it small loudspeakers and microphones differ."""

WINDOW_S = 10.0
MOST_WINDOWS = 24
LEAST_WINDOWS = 3
MOST_DRIFT = 500e-6
"""Clocks of recorders differ by less."""

ANCHOR_DRIFTS = (0.0, 3e-4, -3e-4)
DRIFTS = (0.0, 1.5e-4, -1.5e-4, 3e-4, -3e-4, 4.5e-4, -4.5e-4)
"""Over a window a clock that is off by 300 ppm moves by 3 ms, ten periods of the highest tone, and
its peak blurs: windows are stretched by these until most are found."""

NEAR_S = 0.05
"""A window agrees with the line where it lies this near to it."""

MOST_ANCHORS = 4
"""How many windows are looked for in the whole film, by each drift, before it is given up."""

LEAST_AGREEING, ALMOST_ALL = 0.5, 0.9
LEAST_SHARPNESS = 8.0
"""A window counts whose peak is this many times the correlation's own deviation."""

QUIET = 1e-4
EVEN_S, MOST_POWER = 0.25, 3.0
"""What is louder over a quarter of a second than so many times the mean is turned down to it."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a recording lies in the film.

    Attributes:
        offset_s: the film's time at the recording's first instant; negative where the recorder ran
            before the film did.
        drift: how much longer the recorder's second is than the film's, as a share; film time is
            `offset_s + time_s * (1 + drift)`.
        confidence: share of the windows that agree, in [0, 1].
        source: "sound", "table" or "start" (of the container's clock).
    """

    offset_s: float
    drift: float = 0.0
    confidence: float = 1.0
    source: str = "table"

    def film_time(self, time_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """The film's time at times of the recording, in seconds."""
        placed: NDArray[np.float64] = self.offset_s + time_s * (1.0 + self.drift)
        return placed


class FilmSound:
    """A film's sound, ready to be looked into."""

    def __init__(self, sound: NDArray[np.float32]) -> None:
        """Transform it once.

        Args:
            sound: (N,) at `RATE_HZ`.
        """
        from scipy.fft import next_fast_len, rfft

        self.window = int(WINDOW_S * RATE_HZ)
        # Blocks of three windows, each two windows on: a window lies whole in one of them.
        self.step = 2 * self.window
        self.length = next_fast_len(self.step + 2 * self.window, real=True)
        hertz = np.fft.rfftfreq(self.length, 1 / RATE_HZ)
        self.band = (hertz >= BAND_HZ[0]) & (hertz <= BAND_HZ[1])
        # What the block before holds needs none of its own.
        last = max(1, len(sound) - self.window)
        self.blocks = [
            np.conj(rfft(even(sound[at : at + self.step + self.window]), self.length))[self.band]
            for at in range(0, last, self.step)
        ]

    def find(self, piece: NDArray[np.float32], near_s: float | None = None) -> tuple[float, float]:
        """Look for a window of a recording.

        Args:
            piece: (window,) samples.
            near_s: look only where it would begin about here; everywhere where None.

        Returns:
            Where it begins in the film in seconds (negative where it begins before), and how sharp
            the peak is: its height over the correlation's standard deviation.
        """
        from scipy.fft import irfft, rfft

        spectrum = rfft(even(piece), self.length)[self.band]
        best = (0.0, 0.0)
        for number in self._blocks(near_s):
            whole = np.zeros(len(self.band), np.complex64)
            cross = spectrum * self.blocks[number]
            whole[self.band] = cross / np.maximum(np.abs(cross), 1e-12)
            correlation = irfft(whole, self.length)
            lag = int(correlation.argmax())
            sharpness = float(correlation[lag] / max(float(correlation.std()), 1e-12))
            if sharpness > best[1]:
                # The piece begins before the block's beginning by its lag, or after it by -lag.
                lag = lag - self.length if lag > self.window else lag
                best = ((number * self.step - lag) / RATE_HZ, sharpness)
        return best

    def _blocks(self, near_s: float | None) -> range:
        if near_s is None:
            return range(len(self.blocks))
        block = int((near_s - WINDOW_S / 2) * RATE_HZ // self.step)
        block = min(max(block, 0), len(self.blocks) - 1)
        return range(block, block + 1)


def even(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sound without its loudest moments: a bang in a silence would else be all that counts."""
    from scipy.ndimage import uniform_filter1d

    power = uniform_filter1d(np.square(sound), int(EVEN_S * RATE_HZ))
    most = MOST_POWER * float(power.mean()) + 1e-12
    leveled: NDArray[np.float32] = sound / np.sqrt(np.maximum(power / most, 1.0))
    return leveled


def align(film: FilmSound, sound: NDArray[np.float32]) -> Alignment | None:
    """Find a recording's place in the film by its sound.

    Args:
        film: the film.
        sound: (N,) the recording's sound at `RATE_HZ`.

    Returns:
        The place; None where it cannot be told surely.
    """
    times_s, places_s = _found(film, sound)
    if len(times_s) < LEAST_WINDOWS:
        return None
    line = _agreeing_line(times_s, places_s)
    if line is None:
        return None
    offset_s, slope, agreeing = line
    return Alignment(offset_s, slope - 1.0, agreeing, "sound")


def _found(
    film: FilmSound, sound: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times of the windows that were looked for, and their places; NaN where none was sharp.

    The first sharp window is looked for in the whole film; the others where it says.
    """
    starts = [
        start
        for start in _starts(len(sound), film.window)
        if np.sqrt(np.mean(np.square(sound[start : start + film.window]))) >= QUIET
    ]
    times_s = np.array(starts) / RATE_HZ
    places_s = np.full(len(starts), np.nan)
    for offset_s in _anchors(film, sound, starts):
        for drift in DRIFTS:
            found = _found_near(film, sound, starts, offset_s, drift)
            if np.isfinite(found).sum() > np.isfinite(places_s).sum():
                places_s = found
            if np.isfinite(places_s).mean() >= ALMOST_ALL:
                break
        if np.isfinite(places_s).mean() >= LEAST_AGREEING:
            break
    return times_s, places_s


def _anchors(film: FilmSound, sound: NDArray[np.float32], starts: list[int]) -> Iterator[float]:
    """Offsets by windows that are sharp somewhere in the whole film, from the middle on."""
    order = sorted(range(len(starts)), key=lambda i: abs(i - len(starts) // 2))[:MOST_ANCHORS]
    for drift in ANCHOR_DRIFTS:
        for start in (starts[number] for number in order):
            piece = _stretched(sound[start : start + film.window], drift)
            place_s, sharpness = film.find(piece)
            if sharpness >= LEAST_SHARPNESS:
                yield place_s - start / RATE_HZ


def _found_near(
    film: FilmSound, sound: NDArray[np.float32], starts: list[int], offset_s: float, drift: float
) -> NDArray[np.float64]:
    """Places of all windows, looked for near an offset, by a clock of a drift; NaN where none."""
    places_s = np.full(len(starts), np.nan)
    for number, start in enumerate(starts):
        piece = _stretched(sound[start : start + film.window], drift)
        place_s, sharpness = film.find(piece, offset_s + start / RATE_HZ)
        if sharpness >= LEAST_SHARPNESS:
            places_s[number] = place_s - drift * WINDOW_S / 2
    return places_s


def _stretched(piece: NDArray[np.float32], drift: float) -> NDArray[np.float32]:
    """A window at the film's pace, its middle where it was."""
    if not drift:
        return piece
    own = np.arange(len(piece))
    middle = len(piece) / 2
    return np.interp((own - middle) / (1 + drift) + middle, own, piece).astype(np.float32)


def _starts(samples: int, window: int) -> list[int]:
    if samples < window:
        return []
    count = min(MOST_WINDOWS, max(LEAST_WINDOWS, samples // window))
    return np.linspace(0, samples - window, count).astype(int).tolist()


def _agreeing_line(
    times_s: NDArray[np.float64], places_s: NDArray[np.float64]
) -> tuple[float, float, float] | None:
    """Offset and slope of the line that most windows agree on, and their share of all windows."""
    known = np.isfinite(places_s)
    offsets = places_s - times_s
    best: NDArray[np.bool_] | None = None
    for offset, time_s in zip(offsets[known], times_s[known], strict=True):
        reach = NEAR_S + MOST_DRIFT * np.abs(times_s - time_s)
        agreeing = known & (np.abs(offsets - offset) <= reach)
        if best is None or agreeing.sum() > best.sum():
            best = agreeing
    if best is None or best.sum() < LEAST_WINDOWS:
        return None
    for _ in range(3):
        slope, offset = _line(times_s[best], places_s[best])
        near = known & (np.abs(offset + slope * times_s - places_s) <= NEAR_S)
        if near.sum() < LEAST_WINDOWS:
            return None
        best = near
    if abs(slope - 1.0) > MOST_DRIFT or best.mean() < LEAST_AGREEING:
        return None
    return offset, slope, float(best.mean())


def _line(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset by medians (Theil 1950, Sen 1968), as some windows lie on an echo; where the
    windows lie too near to each other for a drift, slope 1.
    """
    slope = 1.0
    if np.ptp(x) >= 2 * WINDOW_S:
        first, other = np.triu_indices(len(x), 1)
        far = np.abs(x[other] - x[first]) >= WINDOW_S
        slope = float(np.median(((y[other] - y[first]) / (x[other] - x[first]))[far]))
    return slope, float(np.median(y - slope * x))
