"""A request's body on its way to the disk: counted while it comes in, never held in memory whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from api.errors import Invalid
from api.files.preparing import too_large
from api.files.storing import FileStore, PartFile, Received

_WRITE = 256 * 1024
# What a multipart body has besides the file: boundaries, headers, a few small fields.
_AROUND = 64 * 1024


@dataclass(frozen=True)
class Incoming:
    """A received file, the name that its form gave it, and the form's other fields."""

    received: Received
    name: str | None
    fields: dict[str, str]


async def receive(request: Request, store: FileStore, limit: int) -> Incoming:
    """The file of a request: its raw body, or the first file of a multipart form.

    Raises `Invalid`: 413 ``attachment_too_large`` as soon as more than `limit` bytes came, ``attachment_missing`` for a form
    without a file. A body that stops half-way leaves nothing behind.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit + _AROUND:
        raise too_large(limit)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "multipart/form-data":
            return await _of_form(request, store, limit)
        return Incoming(await _write(store, request.stream(), limit), None, {})
    except ClientDisconnect as error:
        raise Invalid("the upload ended before its end: send it again", code="attachment_cut") from error


async def _of_form(request: Request, store: FileStore, limit: int) -> Incoming:
    parser = MultiPartParser(
        Headers(raw=request.headers.raw),
        _counted(request.stream(), limit),
        max_files=1,
        max_fields=10,
        max_part_size=_AROUND,
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Invalid("the form cannot be read, or holds more than one file", code="attachment_missing") from error
    try:
        file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
        if file is None:
            raise Invalid("the form holds no file: send it in the field `file`", code="attachment_missing")
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        return Incoming(await _write(store, _pieces(file), limit), file.filename or None, fields)
    finally:
        await form.close()


async def _counted(stream: AsyncIterator[bytes], limit: int) -> AsyncGenerator[bytes, None]:
    seen = 0
    async for chunk in stream:
        seen += len(chunk)
        if seen > limit + _AROUND:
            raise too_large(limit)
        yield chunk


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(_WRITE):
        yield chunk


async def _write(store: FileStore, stream: AsyncIterator[bytes], limit: int) -> Received:
    part = await asyncio.to_thread(store.new_part)
    try:
        waiting = bytearray()
        async for chunk in stream:
            waiting += chunk
            if part.size + len(waiting) > limit:
                raise too_large(limit)
            if len(waiting) >= _WRITE:
                await asyncio.to_thread(part.write, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(_finish, part, bytes(waiting))
        return part.finish()
    except BaseException:
        part.discard()
        raise


def _finish(part: PartFile, rest: bytes) -> None:
    part.write(rest)
