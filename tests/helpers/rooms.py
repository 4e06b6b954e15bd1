"""Sound as a viewer's recorder hears it: a film made of speech-like noise, rooms, noise, clocks."""

from __future__ import annotations

import numpy as np

RATE_HZ = 8000


def film_sound(seconds, seed):
    """Noise whose loudness and color change as in speech and music."""
    rng = np.random.default_rng([seed, 1])
    count = int(seconds * RATE_HZ)
    white = rng.normal(size=count)
    dark = np.convolve(white, np.ones(6) / 6, mode="same")
    share = slow(rng.uniform(size=count // 4000 + 2), 4000, count)
    loud = slow(rng.exponential(size=count // 1600 + 2), 1600, count)
    return (0.1 * loud * (share * white + (1 - share) * dark)).astype(np.float32)


def slow(values, step, count):
    return np.interp(np.arange(count), step * np.arange(len(values)), values)


def heard(film, *, begin_s, seconds, noise_db=None, room=True, drift=0.0, seed=0):
    """What a recorder hears that begins at `begin_s` of the film.

    `noise_db`: the film's level over the room's noise; `room`: a reverberation of 0.4 s; `drift`:
    the recorder's second is longer than the film's by this share.
    """
    rng = np.random.default_rng([seed, 2])
    times_s = begin_s + np.arange(int(seconds * RATE_HZ)) / RATE_HZ * (1 + drift)
    sound = np.interp(times_s, np.arange(len(film)) / RATE_HZ, film, left=0.0, right=0.0)
    if room:
        tail = rng.normal(size=int(0.4 * RATE_HZ)) * np.exp(-np.arange(int(0.4 * RATE_HZ)) / 800)
        tail[0] = 3.0
        size = 1 << (len(sound) + len(tail)).bit_length()
        sound = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)[: len(sound)]
    if noise_db is not None:
        noise = rng.normal(size=len(sound))
        level = np.sqrt(np.mean(sound**2) / np.mean(noise**2)) * 10 ** (-noise_db / 20)
        sound = sound + level * noise
    return sound.astype(np.float32)
