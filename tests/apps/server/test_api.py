"""Pictures and the service's own addresses, over real HTTP."""

from __future__ import annotations

import io
import json

import httpx
import pytest
from PIL import Image

import mimika
from helpers.answers import jpeg, problem, validate
from helpers.serving import serving
from mimika.apps.server import decoder
from mimika.apps.server.schemas import CardShape, FieldsShape
from mimika.base.errors import MissingExtra


def test_a_picture_in_the_body_is_answered_as_by_the_library(http, face, media):
    answer = http.post("/v1/analyze", content=face, headers={"content-type": "image/jpeg"})
    assert answer.status_code == 200
    seen = answer.json()
    validate(http, seen)
    assert (seen["width"], seen["height"]) == (910, 1137)
    # One thread or several sum in another order, so the last digit may differ.
    (own,) = mimika.analyze(media / "obama.jpg")
    (face_seen,) = seen["faces"]
    assert face_seen["emotion"] == own.emotion == "happy"
    assert face_seen["confidence"] == pytest.approx(own.confidence, abs=0.02)
    assert face_seen["box"]["x"] == pytest.approx(own.box.x, abs=1)
    assert "decode;dur=" in answer.headers["server-timing"]


def test_the_table_of_fields_is_that_of_python(http):
    fields = FieldsShape.model_validate(http.get("/v1/fields").json())
    schema = mimika.Recognizer().schema
    assert [field.name for field in fields.face] == [field.name for field in schema.face]
    columns = [column for field in (*fields.frame, *fields.face) for column in field.columns]
    assert [column.name for column in columns] == [column.name for column in schema.columns]
    assert [tuple(column.path) for column in columns] == [c.path for c in schema.columns]
    by_name = {field.name: field for field in fields.face}
    assert by_name["confidence"].maximum == 1
    assert by_name["box"].unit == "px"


def test_a_new_field_is_seen_everywhere(made_up_field, face):
    with serving() as running, httpx.Client(base_url=running.url) as http:
        (entry,) = (f for f in http.get("/v1/fields").json()["face"] if f["name"] == made_up_field)
        assert (entry["unit"], entry["decimals"]) == ("cm", 2)
        assert [column["name"] for column in entry["columns"]] == ["smile_cm"]
        shapes = http.get("/openapi.json").json()["components"]["schemas"]
        assert shapes["FaceShape"]["properties"][made_up_field]["maximum"] == 30
        (seen,) = http.post("/v1/analyze", content=face).json()["faces"]
        assert seen[made_up_field] == 4.57


def test_a_form_gives_the_same_and_its_file_name_is_nothing(http, face):
    body = http.post("/v1/analyze", content=face).json()
    name = "../../../etc/passwd\x00.jpg"
    form = http.post("/v1/analyze", files={"file": (name, face, "image/jpeg")})
    assert form.json() == body


@pytest.mark.parametrize("kind", ["AVIF", "HEIF"])
def test_photos_of_phones_are_read(http, media, kind):
    if kind == "HEIF":
        pytest.importorskip("pillow_heif", reason="needs the heic extra").register_heif_opener()
    file = io.BytesIO()
    Image.open(media / "obama.jpg").save(file, kind)
    answer = http.post("/v1/analyze", content=file.getvalue())
    assert len(answer.json()["faces"]) == 1
    document = http.get("/openapi.json").json()["paths"]["/v1/analyze"]["post"]
    assert {"image/avif", "image/heic"} <= document["requestBody"]["content"].keys()


def test_a_heic_that_cannot_be_read_is_told():
    told = decoder._refusal(MissingExtra("HEIC", "heic"))
    assert told == decoder.REFUSED + decoder.NO_HEIC.encode()


def test_faces_are_numbered_from_1_for_every_caller(http, media):
    data = (media / "two_people.jpg").read_bytes()
    for _ in range(2):
        faces = http.post("/v1/analyze", content=data).json()["faces"]
        assert [face["track_id"] for face in faces] == [1, 2]


def test_no_face_is_an_empty_list(http, media):
    answer = http.post("/v1/analyze", content=(media / "coffee.png").read_bytes())
    assert (answer.status_code, answer.json()["faces"]) == (200, [])


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "empty"),
        (b"no picture at all", 422, "not a picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", 422, "not a picture"),
        (jpeg(64, 48)[:300], 422, "damaged"),
    ],
)
def test_what_is_no_picture_is_told(http, content, status, words):
    assert words in problem(http.post("/v1/analyze", content=content), status)


def test_a_truncated_photo_is_told(http, face):
    assert "cut off" in problem(http.post("/v1/analyze", content=face[: len(face) // 2]), 422)


def test_a_bomb_is_refused_before_it_is_decoded(http):
    import struct
    import zlib

    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 7_000, 7_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    assert "7000x7000" in problem(http.post("/v1/analyze", content=bomb), 422)
    assert "side over" in problem(http.post("/v1/analyze", content=jpeg(12_001, 8)), 422)


def test_wrong_types_and_methods_are_told(http, face):
    headers = {"content-type": "application/json"}
    assert "application/json" in problem(
        http.post("/v1/analyze", content=b"{}", headers=headers), 415
    )
    answer = http.get("/v1/analyze")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"
    problem(http.get("/v1/nothing"), 404)
    form = {"wrong": ("x.jpg", face, "image/jpeg")}
    assert "field `file`" in problem(http.post("/v1/analyze", files=form), 422)
    broken = {"content-type": "multipart/form-data; boundary=x"}
    assert http.post("/v1/analyze", content=b"nonsense", headers=broken).status_code in (400, 422)


def test_paths_lead_nowhere(http):
    for path in (
        "/page/../app.py",
        "/page/%2e%2e/app.py",
        "/page/..%2fapp.py",
        "/page//etc/passwd",
    ):
        assert http.get(path).status_code == 404


def test_the_card_is_the_models(http):
    card = CardShape.model_validate(http.get("/v1/model").json())
    own = mimika.Recognizer().card
    assert card.format == 2
    assert card.outputs["emotion"].labels == list(own.labels)
    assert card.input.color in ("gray", "rgb")
    assert card.engine
    assert card.colors["happy"] == "#f0e442"


def test_health_readiness_and_metrics(http, face):
    assert http.get("/healthz").json() == {"status": "ok"}
    assert http.get("/readyz").json()["status"] == "ok"
    before = figure(http, "mimika_faces_total")
    http.post("/v1/analyze", content=face)
    assert figure(http, "mimika_faces_total") == before + 1
    assert figure(http, "mimika_queue") == 0
    assert 'route="/v1/analyze"' in http.get("/metrics").text


def figure(http, name):
    lines = http.get("/metrics").text.splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(f"{name} ")))


def test_every_answer_carries_the_security_headers(http):
    for path in ("/", "/v1/model", "/nothing"):
        headers = http.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        # WebAssembly is the only thing that is compiled here.
        policy = headers["content-security-policy"].replace("'wasm-unsafe-eval'", "")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


def test_the_openapi_document_is_complete(http):
    document = http.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    text = json.dumps(document)
    for reference in {
        part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]
    }:
        assert reference in document["components"]["schemas"]
    names = [op["operationId"] for path in document["paths"].values() for op in path.values()]
    assert len(names) == len(set(names))
    assert {"analyze", "submit_video", "get_video", "delete_video", "get_model"} <= set(names)
    assert "HTTPValidationError" not in text


def test_with_a_token_the_api_is_closed_and_the_page_open(face):
    token = "a-token-of-some-length"
    with serving(token=token) as running, httpx.Client(base_url=running.url) as http:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": token}):
            for path in ("/v1/model", "/metrics", "/v1/videos/x"):
                answer = http.get(path, headers=headers)
                assert token not in problem(answer, 401)
                assert answer.headers["www-authenticate"] == "Bearer"
        problem(http.post("/v1/analyze", content=face), 401)
        good = {"authorization": f"Bearer {token}"}
        assert http.post("/v1/analyze", content=face, headers=good).status_code == 200
        assert http.get("/").status_code == http.get("/healthz").status_code == 200
        document = http.get("/openapi.json").json()
        assert document["paths"]["/v1/analyze"]["post"]["security"] == [{"token": []}]


def test_foreign_pages_and_names_are_turned_away(http, server, face):
    assert "--origin" in problem(
        http.post("/v1/analyze", content=face, headers={"origin": "https://evil.example"}), 403
    )
    own = {"origin": server.url}
    assert http.post("/v1/analyze", content=face, headers=own).status_code == 200
    problem(http.post("/v1/analyze", content=face, headers={"origin": "null"}), 403)
    assert "--allow-host" in problem(http.get("/v1/model", headers={"host": "evil.example"}), 421)
    assert http.get("/", headers={"host": "localhost:1"}).status_code == 200


def test_cors_only_for_those_asked_for(face):
    friend = "https://friend.example"
    with serving(origins=(friend,)) as running, httpx.Client(base_url=running.url) as http:
        answer = http.post("/v1/analyze", content=face, headers={"origin": friend})
        assert answer.headers["access-control-allow-origin"] == friend
        asked = {"origin": friend, "access-control-request-method": "POST"}
        assert http.options("/v1/analyze", headers=asked).status_code == 200
        problem(http.post("/v1/analyze", content=face, headers={"origin": "https://a.b"}), 403)
        problem(http.options("/v1/analyze", headers=asked | {"origin": "https://a.b"}), 400)


def test_too_many_requests_from_one_address():
    with serving(limits={"rate_hz": 0.01}) as running, httpx.Client(base_url=running.url) as http:
        first, *refused = (http.get("/healthz") for _ in range(5))
        assert first.status_code == 200
        assert {answer.status_code for answer in refused} == {429}
        assert refused[0].headers["retry-after"] == "1"
        problem(refused[0], 429)
