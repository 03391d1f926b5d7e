"""The nightly sweep deletes what nobody will ask for, and nothing else."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from api.chat.models import Attachment
from api.database import utc_now
from api.files.models import Upload
from api.files.storing import FileStore
from api.files.sweeping import SweepWorker
from tests.files.sending import count, give, opened, stored, upload
from tests.support.databases import each_database
from tests.support.rest import Rest, ok


def sweep_in(files: Rest, days: float) -> SweepWorker:
    """A worker whose clock is that many days ahead."""
    return SweepWorker(files.services, clock=lambda: utc_now() + dt.timedelta(days=days))


@each_database
def test_half_files_and_expired_uploads_go_and_used_ones_stay(files: Rest) -> None:
    staff = files.token_of("agent")
    used = ok(upload(files, staff, b"used\n"), 201)["upload"]
    number = opened(files, staff, used["token"])
    ok(upload(files, staff, b"left\n"), 201)
    folder = files.settings.var / "attachments"
    (folder / ("a" * 32 + ".part")).write_bytes(b"half")
    (folder / ("b" * 32 + ".out")).write_bytes(b"half")
    assert sweep_in(files, 0).sweep() == sweep_in(files, 0).sweep(), "fresh ones may still be at work"
    swept = sweep_in(files, 0.5).sweep()
    assert (swept.half, swept.uploads, swept.unused, swept.set_aside) == (2, 1, 0, 0)
    assert stored(files) == [used["attachment"]["id"]]
    assert (count(files, Upload), count(files, Attachment)) == (1, 1)
    assert upload(files, staff, token=used["token"]).status_code == 422, "it is remembered as used"
    sweep_in(files, 8).sweep()
    assert count(files, Upload) == 0
    assert stored(files) == [used["attachment"]["id"]]
    assert files.http.get(f"/api/v2/tickets/{number}/comments", headers=staff).status_code == 200


def test_a_file_that_no_ticket_took_goes_after_a_month(files: Rest) -> None:
    talk = files.conversation()
    ok(give(files, talk, b"forgotten\n"), 201)
    assert sweep_in(files, 29).sweep().unused == 0
    assert sweep_in(files, 31).sweep().unused == 1
    assert (count(files, Attachment), stored(files)) == (0, [])


def test_a_file_without_a_row_is_set_aside_found_again_and_deleted_a_week_later(files: Rest) -> None:
    staff = files.token_of("agent")
    mine = ok(upload(files, staff), 201)["upload"]
    opened(files, staff, mine["token"])
    folder = files.settings.var / "attachments"
    stray = folder / ("c" * 32)
    stray.write_bytes(b"of another database")
    old = (utc_now() - dt.timedelta(days=3)).timestamp()
    os.utime(stray, (old, old))
    assert sweep_in(files, 0).sweep().set_aside == 1
    assert stray.name + ".orphan" in stored(files)
    assert FileStore(Path(files.settings.var)).find(stray.name) == stray, "somebody asked for it"
    os.utime(stray, (old, old))
    assert sweep_in(files, 0).sweep().set_aside == 1
    assert sweep_in(files, 6).sweep().orphans == 0
    assert sweep_in(files, 8).sweep().orphans == 1
    assert stored(files) == [mine["attachment"]["id"]]
