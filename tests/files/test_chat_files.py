"""Files of the chat: once however often they are sent, and told of what was taken out."""

from __future__ import annotations

import threading

from api.chat.models import Attachment
from tests.files import samples
from tests.files.sending import count, give, stored
from tests.support.databases import each_database
from tests.support.rest import Rest, ok


@each_database
def test_a_file_that_is_sent_again_is_the_same_attachment(files: Rest) -> None:
    talk = files.conversation()
    first = ok(give(files, talk, b"one\n"), 201)
    assert ok(give(files, talk, b"one\n"), 201) == first
    assert ok(give(files, talk, b"one\n", "b.log"), 201)["id"] != first["id"], "under another name it is another"
    keyed = ok(give(files, talk, b"two\n", data={"client_upload_id": "k1"}), 201)
    assert ok(give(files, talk, b"two\n", "renamed.log", headers={"Idempotency-Key": "k1"}), 201) == keyed
    answer = give(files, talk, b"three\n", data={"client_upload_id": "k1"})
    assert answer.json()["error"]["code"] == "upload_id_reused"
    assert count(files, Attachment) == len(stored(files)) == 3


@each_database
def test_the_same_file_sent_at_once_is_stored_once(files: Rest) -> None:
    talk = files.conversation()
    answers: list[str] = []

    def send() -> None:
        answers.append(ok(give(files, talk, b"at once\n"), 201)["id"])

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert stored(files) == [answers[0]]


def test_the_customer_reads_in_their_language_what_was_removed(files: Rest) -> None:
    for language, told in (
        ("es", "Antes de guardar red.har quité de ahí datos sensibles: "),
        ("en", "Before storing red.har I took sensitive data out of it: "),
        ("pt", "Antes de guardar red.har tirei dele dados sensíveis: "),
    ):
        talk = files.conversation(language=language)
        answer = ok(give(files, talk, samples.har(), "red.har"), 201)
        assert answer["note"].startswith(told)
        assert "cookies (2)" in answer["note"]
        assert answer["removed"]["passwords"] == 1
    assert ok(give(files, talk, b"nothing here\n"), 201)["note"] == ""


def test_errors_are_told_in_the_customers_language(files: Rest) -> None:
    talk = files.conversation()
    for content, name, code in (
        (b"<html>", "a.png", "attachment_mismatch"),
        (b"x", "a.exe", "attachment_type"),
        (samples.huge_png(), "a.png", "attachment_pixels"),
        (samples.pdf()[:50], "a.pdf", "attachment_broken"),
        (b"", "a.txt", "attachment_empty"),
        (bytes(10 * 1024 * 1024 + 1), "a.log", "attachment_too_large"),
    ):
        for language in ("es", "pt"):
            error = give(files, talk, content, name, language).json()["error"]
            assert error["code"] == code
            assert error["message"] != error["detail"]
            assert "{" not in error["message"]
    answer = files.http.post(f"/chat/conversations/{talk.id}/attachments", data={"a": "b"}, headers=talk.headers)
    assert answer.json()["error"]["code"] == "attachment_missing" or answer.status_code == 422
    assert count(files, Attachment) == 0
    assert stored(files) == []


def test_all_files_of_a_conversation_have_a_limit_together(files: Rest) -> None:
    talk = files.conversation()
    files.settings.files.total_megabytes = 1
    try:
        ok(give(files, talk, b"x" * 700_000, "a.log"), 201)
        answer = give(files, talk, b"y" * 700_000, "b.log")
    finally:
        files.settings.files.total_megabytes = 100
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "attachments_total")
    assert len(stored(files)) == 1


def test_names_are_made_safe(files: Rest) -> None:
    talk = files.conversation()
    assert ok(give(files, talk, b"1", "../../etc/passwd.txt"), 201)["name"] == "passwd.txt"
    assert ok(give(files, talk, b"2", "a\u202eb.txt"), 201)["name"] == "ab.txt"
    assert len(stored(files)) == 2
    assert all(len(name) == 32 for name in stored(files))
