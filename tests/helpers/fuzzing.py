"""Random damage to what strangers may send, and the parsers that meet it."""

from __future__ import annotations

import io
import json
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import mimika
from helpers.media import write_video
from mimika.apps.server.analysis import seconds_of
from mimika.apps.server.containers import check_container, open_video
from mimika.apps.server.decoder import Budget, decode
from mimika.apps.server.forms import FormReader
from mimika.apps.server.problems import Problem
from mimika.apps.server.routes_stream import _wish
from mimika.base.errors import MimikaError
from mimika.models.card import Card
from mimika.models.find import model_path
from mimika.models.model import OnnxModel

CORPUS = Path(__file__).parents[1] / "fuzz" / "corpus"
LONGEST_S = 10.0
BUDGET = Budget(pixels=500_000, side=4000, longest=640, cpu_s=5.0, memory_bytes=1 << 28)
BOUNDARY = "fuzz"
FORM = (
    b'--fuzz\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
    b"Content-Type: image/jpeg\r\n\r\nbytes\r\n--fuzz\r\n"
    b'Content-Disposition: form-data; name="x"\r\n\r\n1\r\n--fuzz--\r\n'
)
TABLE_ROWS = 3


@dataclass(frozen=True)
class Target:
    """A parser.

    Attributes:
        parse: takes bytes; raises nothing but Mimika's errors and problems.
        seeds: valid inputs.
    """

    parse: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]


def damaged(rng: random.Random, seeds: list[bytes]) -> bytes:
    """One of the seeds with a few kinds of damage."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if not data:
            break
        at, length = rng.randrange(len(data)), rng.choice((1, 2, 4, 16, 256))
        kind = rng.randrange(7)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at : at + length] = rng.choice((b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\x80"))
        elif kind == 2:
            data[at : at + length] = rng.randbytes(length)
        elif kind == 3:
            del data[at : at + length]
        elif kind == 4:
            data[at:at] = data[at : at + length] * rng.choice((1, 2, 50))
        elif kind == 5:
            other = rng.choice(seeds)
            data[at:] = other[rng.randrange(len(other) + 1) :]
        else:
            del data[at:]
    return bytes(data)


def fuzz(name: str, *, seconds: float = 0.0, count: int = 0, seed: int = 0) -> int:
    """Feed a parser damaged inputs for some seconds, or so many; return how many.

    What breaks it is written beside the corpus, to be looked at and kept.
    """
    target = TARGETS[name]
    seeds = target.seeds() + [path.read_bytes() for path in sorted(CORPUS.glob(f"{name}-*"))]
    rng, done = random.Random(seed), 0
    until = time.monotonic() + seconds if seconds else float("inf")
    for data in seeds:
        tried(name, target, data)
    while time.monotonic() < until and (not count or done < count):
        tried(name, target, damaged(rng, seeds))
        done += 1
    return done


def tried(name: str, target: Target, data: bytes) -> None:
    """Parse one input; raises AssertionError where that breaks, or takes too long."""
    began = time.process_time()
    try:
        target.parse(data)
    except (MimikaError, Problem):
        pass
    except Exception as error:
        raise AssertionError(f"{_kept(name, data)} breaks the parser: {error!r}") from error
    assert time.process_time() - began < LONGEST_S, f"{_kept(name, data)} takes the parser too long"


def _kept(name: str, data: bytes) -> Path:
    path = Path(tempfile.gettempdir()) / f"{name}-{abs(hash(data)):x}"
    path.write_bytes(data)
    return path


@contextmanager
def as_file(data: bytes, suffix: str):
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        yield Path(file.name)


def pictures() -> list[bytes]:
    image = Image.fromarray(np.arange(48 * 64 * 3, dtype=np.uint8).reshape(48, 64, 3))
    kinds = (("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "P"), ("PNG", "RGBA"), ("WEBP", "RGB"))
    kinds += (("BMP", "RGB"), ("TIFF", "RGB"), ("GIF", "P"), ("PPM", "RGB"), ("JPEG", "CMYK"))
    made = []
    for format_, mode in kinds:
        file = io.BytesIO()
        image.convert(mode).save(file, format_)
        made.append(file.getvalue())
    for format_ in ("GIF", "WEBP", "AVIF"):
        if format_ in Image.SAVE_ALL:
            file = io.BytesIO()
            image.save(file, format_, save_all=True, append_images=[image.rotate(90)] * 3)
            made.append(file.getvalue())
    progressive = cv2.imencode(".jpg", np.asarray(image), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1]
    return [*made, progressive.tobytes()]


def parse_form(data: bytes) -> None:
    reader = FormReader(f"multipart/form-data; boundary={BOUNDARY}")
    for start in range(0, len(data), 7):
        reader.feed(data[start : start + 7])
    reader.close()


def parse_message(data: bytes) -> None:
    wish = _wish(data.decode("utf-8", "replace"))
    if "time_s" in wish:
        seconds_of(wish["time_s"])


def parse_card(data: bytes) -> None:
    Card.from_json(data.decode("utf-8", "replace"), "the card")


def cards() -> list[bytes]:
    return [OnnxModel(model_path("default"), engine="cpu", threads=1).card.to_json().encode()]


def parse_result(data: bytes) -> None:
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        return
    mimika.FrameResult.from_dict(raw)


def results() -> list[bytes]:
    picture = Path(__file__).parents[1] / "media_files" / "obama.jpg"
    faces = mimika.analyze(picture)
    return [json.dumps(mimika.FrameResult(0.0, 0, 910, 1137, faces).to_dict()).encode()]


def parse_csv(data: bytes) -> None:
    with as_file(data, ".csv") as path:
        list(mimika.read_results(path))


def tables() -> list[bytes]:
    from mimika.schema.columns import ResultSchema

    result = mimika.FrameResult.from_dict(json.loads(results()[0]))
    labels = tuple(result.faces[0].probabilities)
    schema = ResultSchema.of(labels, optional=("derived_valence", "derived_arousal"))
    lines = [",".join(column.name for column in schema.columns)]
    lines += [",".join(map(str, row)) for row in schema.rows(result)] * TABLE_ROWS
    return ["\r\n".join(lines).encode()]


def parse_film(data: bytes) -> None:
    with as_file(data, ".mp4") as path:
        check_container(path)
        with open_video(path, 500_000) as film:
            for _, _ in zip(range(5), film, strict=False):
                pass


def films() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        return [
            write_video(Path(folder) / f"film.{kind}", [0.0, 0.04, 0.08]).read_bytes()
            for kind in ("mp4", "mkv", "avi")
        ]


def parse_model(data: bytes) -> None:
    with as_file(data, ".onnx") as path:
        OnnxModel(path, engine="cpu", threads=1)


def models() -> list[bytes]:
    import onnx
    from onnx import TensorProto, helper

    faces = helper.make_tensor_value_info("faces", TensorProto.UINT8, ["N", 2, 2, 1])
    answer = helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", 4])
    shape = helper.make_tensor("shape", TensorProto.INT64, [2], [-1, 4])
    nodes = [
        helper.make_node("Cast", ["faces"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["real", "shape"], ["rows"]),
        helper.make_node("Softmax", ["rows"], ["probabilities"]),
    ]
    graph = helper.make_graph(nodes, "tiny", [faces], [answer], [shape])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    card = json.loads(cards()[0])
    card["outputs"]["emotion"]["labels"] = ["a", "b", "c", "d"]
    card["input"] = {"height": 2, "width": 2, "channels": 1, "color": "gray"}
    card["outputs"] = {"emotion": card["outputs"]["emotion"]}
    onnx.helper.set_model_props(model, {"mimika.card": json.dumps(card)})
    return [model.SerializeToString()]


TARGETS = {
    "picture": Target(lambda data: decode(data, BUDGET), pictures),
    "form": Target(parse_form, lambda: [FORM]),
    "message": Target(
        parse_message, lambda: [b'{"time_s": 1.25}', b'{"reset": true}', b'{"summary": true}']
    ),
    "card": Target(parse_card, cards),
    "result": Target(parse_result, results),
    "csv": Target(parse_csv, tables),
    "film": Target(parse_film, films),
    "model": Target(parse_model, models),
}
