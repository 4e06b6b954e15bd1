"""What a network expects of a picture, in words and in NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mimika.base.errors import UsageError
from mimika.models.card import Color, InputSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

ColorOrder = Literal["rgb", "bgr", "gray"]
Layout = Literal["nhwc", "nchw"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What a network expects of a picture.

    Attributes:
        width: of its input, in pixels.
        height: likewise.
        layout: "nhwc" (Keras) or "nchw" (PyTorch).
        color: the order of its channels.
        divide: pixels 0-255 are divided by this first; 255 gives 0-1, 1 leaves them.
        mean: then these are subtracted, one for all channels or one each, in the network's order.
        std: then it is divided by these, likewise.
    """

    width: int
    height: int
    layout: Layout
    color: ColorOrder
    divide: float = 255.0
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            UsageError: a value is out of range, or there are as many as there are no channels.
        """
        for name, values in (("--mean", self.mean), ("--std", self.std)):
            if len(values) not in {1, self.channels}:
                raise UsageError(
                    f"{name} has {len(values)} numbers, and --color {self.color} has "
                    f"{self.channels} channels: give one for all, or one each."
                )
        if not all(np.isfinite([self.divide, *self.mean, *self.std])) or self.divide <= 0:
            raise UsageError("--divide, --mean and --std are finite, and --divide is above 0.")
        if not all(value > 0 for value in self.std):
            raise UsageError("--std divides, so it must be above 0.")

    @property
    def channels(self) -> int:
        """1 for gray, 3 for color."""
        return 1 if self.color == "gray" else 3

    @property
    def spec(self) -> InputSpec:
        """The crops that the wrapped network takes."""
        color: Color = "gray" if self.color == "gray" else "rgb"
        return InputSpec(self.height, self.width, self.channels, color)

    def by_hand(self, faces: NDArray[np.uint8], dtype: Any) -> NDArray[Any]:
        """Prepare faces in NumPy, as the wrapped graph does.

        Args:
            faces: (N, H, W, C) uint8, gray or RGB.
            dtype: of the network's input.
        """
        ordered = faces[..., ::-1] if self.color == "bgr" else faces
        scaled = ordered.astype(np.float32) / np.float32(self.divide)
        normal = (scaled - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        turned = normal.transpose(0, 3, 1, 2) if self.layout == "nchw" else normal
        return np.ascontiguousarray(turned).astype(dtype)
