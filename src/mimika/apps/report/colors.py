"""Colors of emotions that can be seen on white paper as well as on dark."""

from __future__ import annotations

from mimika.labels.emotions import color

LEAST_CONTRAST = 3.0
"""Of graphics against their background (WCAG 2.2, 1.4.11)."""

Rgb = tuple[int, int, int]


def luminance(rgb: Rgb) -> float:
    """Relative luminance of a color, 0-255 a channel, as WCAG 2.2 defines it, in [0, 1]."""
    shares = (channel / 255 for channel in rgb)
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """Contrast of two colors as WCAG 2.2 defines it, 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def on_white(rgb: Rgb) -> Rgb:
    """The color, darkened until it is seen on white."""
    share = 1.0
    while contrast(shade := _scaled(rgb, share), (255, 255, 255)) < LEAST_CONTRAST:
        share -= 0.02
    return shade


def on_dark(rgb: Rgb, background: Rgb = (27, 30, 37)) -> Rgb:
    """The color, lightened until it is seen on the page's dark background."""
    share = 0.0
    while contrast(tint := _mixed(rgb, share), background) < LEAST_CONTRAST:
        share += 0.02
    return tint


def hex_color(rgb: Rgb) -> str:
    """A color as #rrggbb."""
    return "#" + "".join(f"{channel:02x}" for channel in rgb)


def both(label: str) -> dict[str, str]:
    """A label's color on light and on dark backgrounds, #rrggbb each."""
    rgb = color(label)
    return {"light": hex_color(on_white(rgb)), "dark": hex_color(on_dark(rgb))}


def _scaled(rgb: Rgb, share: float) -> Rgb:
    red, green, blue = (round(channel * share) for channel in rgb)
    return red, green, blue


def _mixed(rgb: Rgb, white: float) -> Rgb:
    red, green, blue = (round(channel + (255 - channel) * white) for channel in rgb)
    return red, green, blue
