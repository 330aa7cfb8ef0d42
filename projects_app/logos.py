"""The shop's logo: checked by its content, and drawn anew so that only a picture is kept."""

from __future__ import annotations

import io
import warnings
from contextlib import AbstractContextManager

from django.core.files.base import ContentFile, File
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from laseros.errors import InvalidInput
from projects_app.models import Shop
from projects_app.shelves import shelf

MOST_BYTES = 5 * 1024**2
MOST_PIXELS = 25_000_000  # more than any logo needs, and drawn in a tenth of a second
WIDTH_PX, HEIGHT_PX = 1200, 600  # what a paper can show of it


def redrawn(upload: File[bytes]) -> bytes:
    """Return a PNG or JPEG as a PNG of at most 1200 × 600 px, without anything but the picture.

    Raises InvalidInput on `logo` for what is none, is damaged, or is absurdly large.
    """
    if upload.size > MOST_BYTES:
        raise _refused(_("The logo is larger than 5 MB; save it smaller."))
    upload.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(upload.read()), formats=["PNG", "JPEG"])
            if picture.width * picture.height > MOST_PIXELS:
                raise _refused(_("The logo has too many pixels; save it smaller."))
            picture.load()
    except UnidentifiedImageError as error:
        raise _refused(
            _("The logo is neither a PNG nor a JPEG picture; save it as one of these.")
        ) from error
    except (OSError, SyntaxError, ValueError, Warning, Image.DecompressionBombError) as error:
        raise _refused(_("The logo is damaged; save it again as PNG or JPEG.")) from error
    image = picture.convert("RGBA")
    image.thumbnail((WIDTH_PX, HEIGHT_PX))
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _refused(sentence: str) -> InvalidInput:
    return InvalidInput.on("logo", sentence, "not_a_logo")


def stored_logo(picture: bytes) -> AbstractContextManager[str]:
    """Store a redrawn logo and give its name; it is deleted again unless the shop took it.

    Raises Unavailable where the disk does not take it.
    """
    return shelf(Shop(pk=1), "logo", ContentFile(picture), "logo.png")
