"""Small files of every kind that is taken, and of kinds that are not."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import Any

from PIL import Image


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    """A picture with some structure, so that a change shows."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def photo() -> bytes:
    """A JPEG on its side, with the place where it was taken, a comment and a device."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x0110] = "Camera of Ana"
    exif.get_ifd(0x8825)[2] = (4.0, 36.0, 35.0)
    return picture("JPEG", (400, 200), exif=exif.tobytes(), comment=b"taken at home")


def animation(frames: int = 3) -> bytes:
    """A GIF with a comment."""
    images = [Image.new("RGB", (30, 20), (60 * number, 0, 90)) for number in range(frames)]
    out = io.BytesIO()
    images[0].save(out, "GIF", save_all=True, append_images=images[1:], duration=80, loop=0, comment=b"by Ana")
    return out.getvalue()


def huge_png(side: int = 12_000) -> bytes:
    """144 million pixels in some kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = bytes(1 + (side + 7) // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def pdf() -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 1\ntrailer\n<< /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
    )


def office(extension: str = ".docx", **more: bytes) -> bytes:
    """A document with its main part; `more`: parts besides."""
    main = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml"}[extension]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", "<?xml version='1.0'?><Types/>")
        parts.writestr(main, "<?xml version='1.0'?><body>hola</body>")
        for name, content in more.items():
            parts.writestr(name, content)
    return out.getvalue()


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def mp4(brand: bytes = b"isom") -> bytes:
    return (
        box(b"ftyp", brand + b"\x00\x00\x02\x00" + brand)
        + box(b"moov", box(b"mvhd", bytes(100)))
        + box(b"mdat", bytes(500))
    )


def webm(doctype: bytes = b"webm", *, whole: bool = True) -> bytes:
    header = b"\x42\x82" + bytes([0x80 | len(doctype)]) + doctype
    content = bytes(60)
    length = struct.pack(">Q", len(content) | 1 << 56) if whole else b"\x01" + b"\xff" * 7
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(header)]) + header + b"\x18\x53\x80\x67" + length + content


SECRETS = ("c0ffee42aa", "tok-9981-aa77", "Perro2026!", "4111111111111111", "sess-1234-abcd-99")


def har() -> bytes:
    """A recording of traffic with a secret in every place that one can be in."""
    cookie, token, password, card, session = SECRETS
    request = {
        "method": "POST",
        "url": f"https://shop.example/checkout/1293845810293-01?access_token={token}&sc=1",
        "headers": [
            {"name": "Cookie", "value": f"cart={cookie}; lang=es"},
            {"name": "Authorization", "value": f"Bearer {token}"},
            {"name": "Accept", "value": "application/json"},
        ],
        "cookies": [{"name": "cart", "value": cookie, "httpOnly": True}],
        "queryString": [{"name": "access_token", "value": token}, {"name": "sc", "value": "1"}],
        "postData": {
            "mimeType": "application/json",
            "text": json.dumps({"user": "ana", "password": password, "orderId": "1293845810293-01"}),
            "params": [{"name": "password", "value": password}, {"name": "qty", "value": "2"}],
        },
    }
    body = json.dumps({"card": {"cardNumber": card}, "session_id": session, "total": 129.9})
    response = {
        "status": 500,
        "headers": [{"name": "Set-Cookie", "value": f"cart={cookie}; Path=/; HttpOnly"}],
        "cookies": [],
        "content": {"mimeType": "application/json", "text": body, "size": len(body)},
    }
    packed = {"mimeType": "text/html", "encoding": "base64", "text": _base64(f"<input name='token' value='{token}'>")}
    entries = [
        {"startedDateTime": "2026-11-12T10:00:00.000Z", "time": 812.5, "request": request, "response": response},
        {"request": {**request, "postData": None}, "response": {**response, "content": packed}},
    ]
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "made up"}, "entries": entries}}).encode()


def _base64(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()


def every_kind() -> dict[str, bytes]:
    """extension -> a file of that kind."""
    return {
        ".png": picture(),
        ".jpg": photo(),
        ".jpeg": picture("JPEG"),
        ".webp": picture("WEBP"),
        ".gif": animation(),
        ".pdf": pdf(),
        ".mp4": mp4(),
        ".mov": mp4(b"qt  "),
        ".webm": webm(),
        ".docx": office(".docx"),
        ".xlsx": office(".xlsx"),
        ".txt": "Año, ação\n".encode(),
        ".log": b"10:00 ok\r\n",
        ".csv": b"order;total\n1;2\n",
        ".har": har(),
        ".json": b'{"a": [1, 2.50, null]}',
    }
