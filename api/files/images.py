"""Pictures: decoded whole and written anew, so that nothing but the picture is stored.

Where it was taken, by whom and with what (EXIF, GPS, XMP, comments, colour profiles) stays behind, and so does whatever
was hidden behind the picture's end. Runs in the child process only.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, ImageSequence

from api.files.kinds import THUMBNAIL_SIDE
from api.files.refusing import Unacceptable, damaged

MOST_PIXELS = 25_000_000
# All frames of an animation together: a minute of a small window. Decoded, they take four bytes a pixel.
MOST_FRAME_PIXELS = 50_000_000

_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
_PNG_END = b"IEND\xaeB`\x82"
# What Pillow's writers need of an image's `info`; the rest of it is what is to be forgotten.
_KEPT = ("transparency", "duration", "loop", "background", "disposal")


@dataclass(frozen=True)
class Size:
    """Of the stored picture, in pixels."""

    width: int
    height: int


def remake(source: Path, media_type: str, out: Path, thumbnail: Path) -> Size:
    """Write the picture anew to `out`, and a small one (WebP, at most 320 pixels a side) to `thumbnail`.

    Raises `Unacceptable`: ``attachment_pixels`` above 25 million pixels (whatever the file's size: 17 kB can hold
    144 million), ``attachment_broken`` where it cannot be decoded to its end.
    """
    form = _FORMATS[media_type]
    if form == "PNG" and _PNG_END not in source.read_bytes():
        raise damaged("the picture has no end")  # Pillow fills in what a cut PNG lacks
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(source, formats=[form]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _too_many()
            frames = getattr(image, "n_frames", 1) if form != "JPEG" else 1
            if frames > 1:
                return _remake_frames(image, frames, form, out, thumbnail)
            return _remake_one(image, form, source, out, thumbnail)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many() from error
    except Unacceptable:
        raise
    except Exception as error:  # decoders of hostile bytes raise nearly everything there is
        raise damaged(f"the picture cannot be decoded ({type(error).__name__})") from error


def _too_many() -> Unacceptable:
    return Unacceptable("attachment_pixels", "the picture has too many pixels", limit=MOST_PIXELS // 1_000_000)


def _remake_one(image: Image.Image, form: str, source: Path, out: Path, thumbnail: Path) -> Size:
    image.load()
    upright = ImageOps.exif_transpose(image)
    turned = upright.size != image.size or image.getexif().get(0x0112, 1) != 1
    options: dict[str, Any] = {}
    if form == "JPEG":
        if upright.mode not in ("L", "RGB"):
            upright, turned = upright.convert("RGB"), True
        # As it was compressed before: a second rounding of an unturned picture changes nothing that can be seen.
        options = {"quality": 90} if turned or image.format != "JPEG" else {"quality": "keep"}
        if not turned:
            upright = image
    elif form == "WEBP":
        lossless = b"VP8L" in source.read_bytes()[:64]
        options = {"lossless": True, "quality": 20, "method": 1} if lossless else {"quality": 90, "method": 3}
    upright.info = _kept(upright)
    upright.save(out, form, **options)
    _small(upright, thumbnail)
    return Size(upright.width, upright.height)


def _remake_frames(image: Image.Image, count: int, form: str, out: Path, thumbnail: Path) -> Size:
    if count * image.width * image.height > MOST_FRAME_PIXELS:
        raise Unacceptable(
            "attachment_pixels", "the animation has too many pixels", limit=MOST_FRAME_PIXELS // 1_000_000
        )
    loop = image.info.get("loop", 0)
    frames, durations = [], []
    for frame in ImageSequence.Iterator(image):
        copied = frame.copy()
        copied.info = {name: value for name, value in _kept(frame).items() if name == "transparency"}
        frames.append(copied)
        durations.append(max(20, int(frame.info.get("duration", 100))))
    first, *rest = frames
    first.save(out, form, save_all=True, append_images=rest, duration=durations, loop=loop)
    _small(first, thumbnail)
    return Size(first.width, first.height)


def _kept(image: Image.Image) -> dict[str | tuple[int, int], Any]:
    return {name: image.info[name] for name in _KEPT if name in image.info}


def _small(image: Image.Image, path: Path) -> None:
    small = image.copy()
    clear = "A" in small.getbands() or "transparency" in small.info
    small = small.convert("RGBA" if clear else "RGB")
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    small.info = {}
    small.save(path, "WEBP", quality=75, method=4)
