"""A further field is one entry in the table: everything that is made from it has it."""

from __future__ import annotations

import csv
import itertools
import json
import shutil
import subprocess
from pathlib import Path

import pytest

import mimika
from helpers.models import output, write_model
from mimika.apps.cli import _results_page
from mimika.schema.field import Field
from mimika.schema.fields import FACE_FIELDS
from mimika.schema.outputs import Output

SMILE = Field(
    name="smile",
    type="number",
    meaning="How wide the smile is.",
    unit="mm",
    minimum=-1,
    maximum=1,
    decimals=2,
    optional=True,
)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A model that fills a field which the table did not have."""
    monkeypatch.setitem(FACE_FIELDS, "smile", SMILE)
    mouth: Output = output("mouth", "continuous", ("smile",), minimum=-1)
    return mimika.Settings(model=str(write_model(tmp_path / "m.onnx", mouth)), engine="cpu")


def test_in_to_dict_and_back(settings, media):
    (face,) = mimika.analyze(media / "astronaut.png", settings=settings)
    written = json.loads(json.dumps(face.to_dict()))
    assert written["smile"] == round(face.values["smile"], 2)
    assert mimika.Face.from_dict(written).values["smile"] == written["smile"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_in_the_columns_of_tables(settings, demo_clip, tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet", reason="needs the tables extra")
    seen = []
    with (
        mimika.open_source(demo_clip) as film,
        mimika.Recognizer(settings) as recognizer,
        mimika.open_sink(path, film.info, recognizer.schema) as sink,
    ):
        for frame in itertools.islice(film, 3):
            seen.append(recognizer(frame))
            sink.write(frame, seen[-1])
    values = [round(result.faces[0].values["smile"], 2) for result in seen]
    if suffix == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            assert [float(row["smile"]) for row in csv.DictReader(file)] == values
    else:
        table = parquet.read_table(path)
        assert table["smile"].to_pylist() == values
        about = {b"meaning": b"How wide the smile is.", b"unit": b"mm"}
        assert table.schema.field("smile").metadata == about
    assert [r.faces[0].values["smile"] for r in mimika.read_results(path)] == values


def test_in_the_page_of_results(settings):
    row = "| `smile` | number | mm | -1 to 1 | How wide the smile is. May be missing. | `smile` |"
    assert row in _results_page.page()


def test_in_the_servers_documents_and_the_pages_downloads(settings, media, tmp_path):
    pytest.importorskip("fastapi", reason="needs the serve extra")
    import httpx

    from helpers.serving import serving
    from helpers.waiting import LONGEST_S

    image = (media / "astronaut.png").read_bytes()
    with (
        serving(settings=settings) as running,
        httpx.Client(base_url=running.url, timeout=LONGEST_S) as http,
    ):
        document = http.get("/openapi.json").json()
        fields = http.get("/v1/fields").json()
        result = http.post("/v1/analyze", content=image, headers={"content-type": "image/png"})
    described = document["components"]["schemas"]["FaceShape"]["properties"]["smile"]
    assert described == {
        "type": "number",
        "minimum": -1,
        "maximum": 1,
        "description": "How wide the smile is. Unit: mm.",
    }
    (field,) = [field for field in fields["face"] if field["name"] == "smile"]
    assert field["columns"] == [{"name": "smile", "type": "number", "path": ["smile"]}]
    rows = list(csv.DictReader(_page_csv(result.json(), fields, tmp_path).splitlines()))
    assert [float(row["smile"]) for row in rows] == [
        face["smile"] for face in result.json()["faces"]
    ]
    assert rows


def _page_csv(result, fields, folder):
    """The file that the page offers, made by the page's own code."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    page = Path(mimika.__file__).parent / "apps" / "server" / "page" / "js" / "table.js"
    shutil.copy(page, folder / "table.mjs")
    call = (
        f"import {{ csvOf }} from './table.mjs';"
        f"process.stdout.write(csvOf([{json.dumps(result)}], {json.dumps(fields)}));"
    )
    (folder / "call.mjs").write_text(call, encoding="utf-8")
    run = subprocess.run([node, "call.mjs"], cwd=folder, capture_output=True, check=True)
    return run.stdout.decode()
