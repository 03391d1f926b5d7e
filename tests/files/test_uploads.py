"""Uploads: files that are given ahead of their comment, by whom they may be used, and once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import update

from api.chat.models import Attachment
from api.database import utc_now
from api.files.models import Upload
from tests.files import samples
from tests.files.sending import TEXT, count, opened, shown, stored, upload
from tests.support.databases import each_database
from tests.support.rest import Rest, ok
from tests.tickets.test_requests import draft


@each_database
def test_a_file_is_uploaded_and_comes_with_the_comment_that_names_its_token(files: Rest) -> None:
    staff = files.token_of("agent")
    made = ok(upload(files, staff), 201)["upload"]
    assert made["attachment"]["file_name"] == "a.log"
    assert made["attachment"]["size"] == len(TEXT)
    assert made["attachments"] == [made["attachment"]]
    assert made["expires_at"].endswith("Z")
    more = ok(upload(files, staff, samples.picture(), "b.png", token=made["token"]), 201)["upload"]
    assert more["token"] == made["token"]
    assert [file["file_name"] for file in more["attachments"]] == ["a.log", "b.png"]
    number = opened(files, staff, made["token"])
    again = ok(upload(files, staff, b"more\n", "c.txt"), 201)["upload"]["token"]
    note = {"ticket": {"comment": {"body": "interno", "public": False, "uploads": [again]}}}
    ok(files.http.put(f"/api/v2/tickets/{number}", json=note, headers=staff))
    assert shown(files, number, staff) == [["a.log", "b.png"], ["c.txt"]]


def test_a_form_is_taken_as_well_as_a_raw_body(files: Rest) -> None:
    staff = files.token_of("agent")
    answer = files.http.post("/api/v2/uploads", files={"file": ("x.txt", TEXT)}, headers=staff)
    assert ok(answer, 201)["upload"]["attachment"]["file_name"] == "x.txt"
    answer = files.http.post(
        "/api/v2/uploads", params={"filename": "y.txt"}, files={"uploaded_data": ("x.txt", TEXT)}, headers=staff
    )
    assert ok(answer, 201)["upload"]["attachment"]["file_name"] == "y.txt"
    none = files.http.post("/api/v2/uploads", data={"no": "file"}, files={"": ""}, headers=staff)
    assert none.status_code == 422
    assert files.http.post("/api/v2/uploads", content=TEXT, headers=staff).status_code == 422, "without a name"


def test_a_token_that_was_used_or_expired_or_is_anothers_is_refused(files: Rest) -> None:
    staff, other = files.token_of("agent"), files.token_of("agent")
    used = ok(upload(files, staff), 201)["upload"]["token"]
    number = opened(files, staff, used)
    late = ok(upload(files, staff, b"late\n"), 201)["upload"]["token"]
    with files.database.write() as session:
        session.execute(
            update(Upload).where(Upload.used_at.is_(None)).values(expires_at=utc_now() - dt.timedelta(seconds=1))
        )
    mine = ok(upload(files, other, b"mine\n"), 201)["upload"]["token"]
    for token, told in (
        (used, "used already"),
        (late, "expired"),
        (mine, "no such"),
        ("cpu_nothing", "no such"),
        ("x", "not here"),
    ):
        body = {"ticket": {"comment": {"body": "otra vez", "uploads": [token]}}}
        answer = files.http.put(f"/api/v2/tickets/{number}", json=body, headers=staff)
        assert answer.status_code == 422
        assert told in answer.json()["details"]["uploads"][0]["description"]
        assert (
            files.http.post(
                "/api/v2/tickets", json={"ticket": {"subject": "s", **body["ticket"]}}, headers=staff
            ).status_code
            == 422
        )
    assert upload(files, staff, token=used).status_code == 422
    assert upload(files, staff, token=late).json()["details"]["token"]
    assert upload(files, staff, token="cpu_nothing").status_code == 404
    assert shown(files, number, staff) == [["a.log"]]


def test_an_upload_can_be_taken_back_before_it_is_used(files: Rest) -> None:
    staff = files.token_of("agent")
    token = ok(upload(files, staff), 201)["upload"]["token"]
    assert files.http.delete(f"/api/v2/uploads/{token}", headers=files.token_of("agent")).status_code == 404
    assert files.http.delete(f"/api/v2/uploads/{token}.json", headers=staff).status_code == 204
    assert files.http.delete(f"/api/v2/uploads/{token}", headers=staff).status_code == 404
    assert (count(files, Upload), count(files, Attachment), stored(files)) == (0, 0, [])


def test_customers_use_uploads_and_never_see_those_of_notes(files: Rest) -> None:
    talk, staff, eva = files.conversation("ana@example.com"), files.token_of("agent"), files.token_of("customer")
    number = ok(files.http.post("/api/v2/requests", json=draft(), headers=talk.turn()), 201)["request"]["id"]
    ana = files.token_of("customer", "ana@example.com")
    token = ok(upload(files, ana), 201)["upload"]["token"]
    body = {"request": {"comment": {"body": "Va el registro", "uploads": [token]}}}
    assert files.http.put(f"/api/v2/requests/{number}", json=body, headers=eva).status_code == 404
    ok(files.http.put(f"/api/v2/requests/{number}", json=body, headers=ana))
    secret = ok(upload(files, staff, b"only for us\n", "internal.txt"), 201)["upload"]
    note = {"ticket": {"comment": {"body": "nota", "public": False, "uploads": [secret["token"]]}}}
    ok(files.http.put(f"/api/v2/tickets/{number}", json=note, headers=staff))
    comments = ok(files.http.get(f"/api/v2/requests/{number}/comments", headers=ana))["comments"]
    [[], [file]] = [each["attachments"] for each in comments]
    for where in ("", "/content"):
        own, internal = (
            f"/api/v2/attachments/{file['id']}{where}",
            f"/api/v2/attachments/{secret['attachment']['id']}{where}",
        )
        assert files.http.get(own, headers=ana).status_code == 200
        assert files.http.get(own, headers=eva).status_code == 404
        assert files.http.get(internal, headers=ana).status_code == 404
        assert files.http.get(internal, headers=staff).status_code == 200
    assert files.http.post("/api/v2/uploads", params={"filename": "a.txt"}, content=TEXT).status_code == 401


def test_what_is_sent_again_is_stored_once(files: Rest) -> None:
    staff = files.token_of("agent")
    keyed = {**staff, "Idempotency-Key": "one"}
    first, again = upload(files, keyed), upload(files, keyed)
    assert ok(first, 201) == ok(again, 201)
    assert [each.headers["x-idempotency-lookup"] for each in (first, again)] == ["miss", "hit"]
    other = upload(files, keyed, b"something else\n")
    assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")
    token = first.json()["upload"]["token"]
    same = ok(upload(files, staff, token=token), 201)["upload"]
    assert len(same["attachments"]) == 1, "the same bytes and name in the same upload"
    assert len(ok(upload(files, staff, name="b.log", token=token), 201)["upload"]["attachments"]) == 2
    assert ok(upload(files, staff), 201)["upload"]["token"] != token, "without a key each upload has its own token"
    assert count(files, Attachment) == len(stored(files)) == 3


def test_limits_are_told_with_their_cure(files: Rest) -> None:
    staff = files.token_of("agent")
    token = ok(upload(files, staff, b"0"), 201)["upload"]["token"]
    for number in range(1, 5):
        ok(upload(files, staff, str(number).encode(), f"{number}.txt", token=token), 201)
    full = upload(files, staff, b"5", "5.txt", token=token)
    assert full.status_code == 422
    assert "5 files at most" in full.text
    large = upload(files, staff, bytes(10 * 1024 * 1024 + 1), "large.log")
    assert (large.status_code, large.json()["error"]) == (413, "PayloadTooLarge")
    files.settings.files.total_megabytes = 1
    try:
        half = b"x" * 700_000
        ok(upload(files, staff, half + b"1"), 201)
        assert upload(files, staff, half + b"2").status_code == 413
    finally:
        files.settings.files.total_megabytes = 100
    assert [name for name in stored(files) if "." in name] == [], "nothing half is left"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", b"MZ", "files of the kind .exe are not taken"),
        ("a.png", b"<script>alert(1)</script>", "first bytes are not those"),
        ("a.png", samples.huge_png(), "too many pixels"),
        ("a.docx", samples.office(".docx", **{"word/vbaProject.bin": b"x"}), "carries macros"),
        ("a.har", b'{"log":' + b"[" * 100_000, "nested too deep"),
        ("a.txt", b"", "is empty"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(files: Rest, name: str, content: bytes, code: str) -> None:
    answer = upload(files, files.token_of("agent"), content, name)
    assert answer.status_code == 422
    assert code in answer.json()["details"]["base"][0]["description"]
    assert count(files, Attachment) == 0
    assert not (files.settings.var / "attachments").exists() or stored(files) == []


def test_pictures_have_thumbnails_that_a_page_may_show(files: Rest) -> None:
    staff = files.token_of("agent")
    made = ok(upload(files, staff, samples.picture("PNG", (1000, 500)), "a.png"), 201)["upload"]["attachment"]
    [small] = made["thumbnails"]
    assert (small["width"], small["height"]) == (320, 160)
    where = small["content_url"].removeprefix(files.settings.public_url)
    answer = files.http.get(where, headers=staff)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["content-disposition"] == "inline"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert files.http.get(where, headers=files.token_of("customer")).status_code == 404
    text = ok(upload(files, staff), 201)["upload"]["attachment"]
    assert text["thumbnails"] == []
    assert files.http.get(f"/api/v2/attachments/{text['id']}/thumbnail", headers=staff).status_code == 404


def test_a_recording_is_served_in_parts(files: Rest) -> None:
    staff = files.token_of("agent")
    made = ok(upload(files, staff, samples.mp4(), "a.mp4"), 201)["upload"]["attachment"]
    where = made["content_url"].removeprefix(files.settings.public_url)
    answer = files.http.get(where, headers={**staff, "Range": "bytes=4-7"})
    assert (answer.status_code, answer.content) == (206, b"ftyp")
    assert answer.headers["content-range"] == f"bytes 4-7/{len(samples.mp4())}"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert files.http.get(where, headers={**staff, "Range": "bytes=999999-"}).status_code == 416


def test_a_har_is_told_what_was_removed_of_it(files: Rest, tmp_path: Path) -> None:
    staff = files.token_of("agent")
    made = ok(upload(files, staff, samples.har(), "net.har"), 201)["upload"]["attachment"]
    assert made["removed"]["cookies"] == 2
    number = opened(files, staff, ok(upload(files, staff, samples.har(), "net.har"), 201)["upload"]["token"])
    [comment] = ok(files.http.get(f"/api/v2/tickets/{number}/comments", headers=staff))["comments"]
    assert comment["attachments"][0]["removed"] == made["removed"]
    content = b"".join(path.read_bytes() for path in (tmp_path / "attachments").iterdir())
    assert not [secret for secret in samples.SECRETS if secret.encode() in content]
