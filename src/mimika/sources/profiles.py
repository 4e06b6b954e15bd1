"""Color profiles in pictures: colors of another kind are brought to sRGB."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image


def has_own_colors(image: Image) -> bool:
    """Whether a picture's profile says that its colors are not those of sRGB."""
    return _profile(image) is not None


def in_srgb(image: Image) -> Image:
    """Bring a picture's colors to sRGB; one without a usable profile stays as it is."""
    from PIL import ImageCms

    profile = _profile(image)
    if profile is None or image.mode not in {"RGB", "CMYK", "L"}:
        return image
    try:
        changed = ImageCms.profileToProfile(
            image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        # A profile of other colors than the picture's says nothing.
        return image
    return changed or image


def _profile(image: Image) -> Any:
    data = image.info.get("icc_profile")
    if not data:
        return None
    from PIL import ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        described = ImageCms.getProfileDescription(profile)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return None if "srgb" in described.lower() else profile
