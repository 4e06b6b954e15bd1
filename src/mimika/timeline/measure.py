"""A whole recording, measured: who was seen, how they reacted, and the moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimika.base.errors import InputError
from mimika.timeline.baseline import Baseline, calmest, of_stretch
from mimika.timeline.moments import LEAST_STRENGTH, Moment, find_moments
from mimika.timeline.people import Person, people
from mimika.timeline.reaction import Reaction, react
from mimika.timeline.resample import RATE_HZ, Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Rest:
    """Where faces at rest are to be found, if not in the calmest stretch.

    Attributes:
        begin_s: where the stretch begins.
        end_s: where it ends.
        clip: the recording that it is in; the measured one itself where None.
    """

    begin_s: float = 0.0
    end_s: float = float("inf")
    clip: Timeline | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A recording, measured.

    Attributes:
        labels: the model's class names.
        affect_measured: valence and arousal were measured, not derived from the emotions.
        begin_s: time of the first frame, to a tenth of a second.
        end_s: time of the last one.
        reactions: one a person, in the order of their numbers.
        moments: all of them, by their peaks.
    """

    labels: tuple[str, ...]
    affect_measured: bool
    begin_s: float
    end_s: float
    reactions: tuple[Reaction, ...]
    moments: tuple[Moment, ...]

    @property
    def duration_s(self) -> float:
        """How long the recording is, in seconds: its tenths of a second, the last one included."""
        return self.end_s - self.begin_s + 1 / RATE_HZ

    def attention(self, reaction: Reaction) -> float:
        """Share of the recording in which a person was attentive, in [0, 1].

        With meshes, the time in which the head faces the camera with open eyes
        (`mimika.timeline.attention`). Without, that in which a face was seen at all, turned towards
        the camera enough for the detector to find it.
        """
        person = reaction.person
        attentive_s = person.seen_s if person.attentive_s is None else person.attentive_s
        return min(1.0, attentive_s / self.duration_s)


def measure(
    timeline: Timeline,
    *,
    most_people: int | None = None,
    rest: Rest | None = None,
    least: float = LEAST_STRENGTH,
) -> Measured:
    """Measure a recording.

    Args:
        timeline: its faces at the fixed rate.
        most_people: how many people there are at most (`mimika.timeline.people.people`).
        rest: where faces at rest are to be found; the calmest stretch of each person where None.
        least: least strength of a moment, in robust standard deviations.

    Raises:
        InputError: the baseline that was named shows no face.
    """
    reactions = tuple(reactions_of(timeline, most_people, rest))
    moments = [m for r in reactions for m in find_moments(r, timeline.labels, least=least)]
    return Measured(
        timeline.labels,
        timeline.measured,
        timeline.begin / RATE_HZ,
        max(timeline.begin, timeline.end - 1) / RATE_HZ,
        reactions,
        tuple(sorted(moments, key=lambda moment: (moment.peak_s, moment.person))),
    )


def reactions_of(
    timeline: Timeline, most_people: int | None = None, rest: Rest | None = None
) -> Iterator[Reaction]:
    """Yield one person's reaction after the other; see `measure`."""
    resting = list(people(rest.clip, most_people)) if rest is not None and rest.clip else []
    for person in people(timeline, most_people):
        baseline = _baseline(person, timeline, rest, resting)
        yield react(person, timeline.labels, baseline)


def _baseline(
    person: Person, timeline: Timeline, rest: Rest | None, resting: list[Person]
) -> Baseline:
    if rest is None:
        return calmest(person, timeline.labels)
    if rest.clip is None:
        return of_stretch(person, timeline.labels, rest.begin_s, rest.end_s)
    return _of_clip(person, timeline, rest, resting)


def _of_clip(person: Person, timeline: Timeline, rest: Rest, resting: list[Person]) -> Baseline:
    clip = rest.clip
    if clip is None or clip.labels != timeline.labels:
        raise InputError("The baseline was read by another model: read both with the same one.")
    same = [p for p in resting if p.number == person.number] or resting[:1]
    if not same:
        raise InputError("The baseline clip shows no face: choose one that shows the face at rest.")
    return of_stretch(same[0], clip.labels, rest.begin_s, rest.end_s, "clip")
