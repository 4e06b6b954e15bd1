"""Long recordings in segments: what comes out is what comes out of the whole."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest

from helpers.media import write_film, write_loop
from mimika.batch.run import run_batch
from mimika.batch.segments import OVERLAP_S, split
from mimika.pipeline.settings import Settings
from mimika.sources.video import Video
from mimika.timeline.read import read_results

pytest.importorskip("pyarrow", reason="needs pyarrow")


def results(film, folder, segment_s, **settings):
    (outcome,) = run_batch([film], folder, Settings(**settings), segment_s=segment_s)
    assert outcome.state == "done", outcome.why
    assert not (folder / "segments").exists()
    return outcome, list(read_results(folder / "parts" / f"{outcome.key}.parquet"))


def test_segments_begin_at_key_frames_and_share_some_seconds(tmp_path, demo_clip):
    film = write_loop(demo_clip, tmp_path / "long.mp4", 3)
    with Video(film) as video:
        segments = split(video, 20)
    assert len(segments) == 3
    assert segments[0].begin_s == segments[0].seam_s == 0
    assert segments[-1].end_s is None
    for before, after in pairwise(segments):
        assert before.end_s == after.seam_s == after.begin_s + OVERLAP_S
        # It begins at a key frame, so seeking there lands there.
        with Video(film, start_s=after.begin_s, end_s=after.begin_s + 0.1) as video:
            assert next(iter(video)).time_s == pytest.approx(after.begin_s, abs=1e-6)
    with Video(film) as video:
        assert len(split(video, 0)) == len(split(video, 300)) == 1


@pytest.mark.slow
def test_a_film_in_segments_gives_what_the_whole_gives(tmp_path, demo_clip):
    film = write_loop(demo_clip, tmp_path / "long.mp4", 3)
    whole, ours = results(film, tmp_path / "whole", 0)
    joined, theirs = results(film, tmp_path / "joined", 20)
    assert (whole.frames, whole.film_s) == (joined.frames, joined.film_s) == (len(ours), 59.1)
    assert [r.frame_index for r in ours] == [r.frame_index for r in theirs]
    assert [r.time_s for r in ours] == [r.time_s for r in theirs]
    assert [[f.track_id for f in r.faces] for r in ours] == [
        [f.track_id for f in r.faces] for r in theirs
    ]
    # Looks fall on other frames after the seam, so boxes and probabilities differ a little.
    pairs = [(a.faces[0], b.faces[0]) for a, b in zip(ours, theirs, strict=True) if a.faces]
    gaps = [
        max(abs(a.probabilities[k] - b.probabilities[k]) for k in a.probabilities) for a, b in pairs
    ]
    assert min(a.box.iou(b.box) for a, b in pairs) > 0.6
    assert np.mean(gaps) < 0.02


def two_heads_and_a_third(media, path):
    """Two people; from 16 to 20 s only one of them, from 26 s a third one instead of her."""
    with Video(media / "head-pose-face-detection-female-and-male.gif") as gif:
        images = [frame.image for frame in gif]
    there_and_back = [*images, *images[-2:0:-1]]
    frames = [there_and_back[i % len(there_and_back)].copy() for i in range(36 * 12)]
    height, width = frames[0].shape[:2]
    third = cv2.imread(str(media / "obama.jpg"))
    third = cv2.resize(third, (width // 2, height))
    for number in range(16 * 12, 20 * 12):
        frames[number][:, : width // 2] = 128
    for number in range(26 * 12, 36 * 12):
        frames[number][:, : width // 2] = third
    return write_film(path, frames, rate=12, options={"g": "24"})


def test_faces_keep_their_numbers_across_a_seam_and_new_ones_get_the_next(media, tmp_path):
    film = two_heads_and_a_third(media, tmp_path / "heads.mp4")
    _, ours = results(film, tmp_path / "whole", 0)
    _, theirs = results(film, tmp_path / "joined", 16)
    with Video(film) as video:
        (seam_s,) = [segment.seam_s for segment in split(video, 16)[1:]]
    # The seam lies where one of the two is away; who comes after it is a third one.
    assert 16 < seam_s < 20
    assert {face.track_id for result in ours for face in result.faces} == {1, 2, 3}
    assert [r.frame_index for r in ours] == [r.frame_index for r in theirs]
    differing = [
        a.time_s
        for a, b in zip(ours, theirs, strict=True)
        if [face.track_id for face in a.faces] != [face.track_id for face in b.faces]
    ]
    assert len(differing) <= 2
    # Looks at the whole frame fall on other frames, so boxes and probabilities differ a little.
    pairs = [
        (mine, other)
        for a, b in zip(ours, theirs, strict=True)
        for mine in a.faces
        for other in b.faces
        if mine.track_id == other.track_id
    ]
    gaps = [
        max(abs(mine.probabilities[k] - other.probabilities[k]) for k in mine.probabilities)
        for mine, other in pairs
    ]
    assert min(mine.box.iou(other.box) for mine, other in pairs) > 0.8
    assert np.mean(gaps) < 0.01
    assert np.max(gaps) < 0.2


@pytest.mark.slow
def test_frames_are_counted_on_where_only_some_are_looked_at(tmp_path, demo_clip):
    film = write_loop(demo_clip, tmp_path / "long.mp4", 2)
    _, whole = results(film, tmp_path / "whole", 0, every="1s")
    _, joined = results(film, tmp_path / "joined", 20, every="1s")
    assert [r.frame_index for r in whole] == [r.frame_index for r in joined]
    assert [[f.track_id for f in r.faces] for r in whole] == [
        [f.track_id for f in r.faces] for r in joined
    ]
