"""A narrow network's start from a trained wide one of the same depth.

Layer by layer, some channels of the wide network are kept and the next convolution is fitted anew,
so that from the kept channels it gives what the wide one gives from all (He et al. 2017, "Channel
Pruning for Accelerating Very Deep Neural Networks", arXiv 1707.06168). Which channels: those from
which the others follow best, chosen one after the other (greedy column subset selection; Farahat et
al. 2011), each weighted by how much the next layer makes of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the name that everyone uses

from mimika.training.networks.face_network import to_pixels
from mimika.training.networks.repvgg import fold
from mimika.training.networks.slim import SlimUnit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mimika.training.networks.face_network import FaceNetwork

MOST_FACES = 1024
MOST_PLACES = 40_000
"""Places of the feature maps that a layer is fitted on."""

RIDGE = 1e-4
"""Of the mean diagonal of the normal equations: keeps fits of dependent channels tame."""


@torch.no_grad()
def start_from_wide(slim: FaceNetwork, wide: FaceNetwork, faces: NDArray[np.uint8]) -> None:
    """Give a narrow network the start that a trained wide one allows.

    Args:
        slim: a network of `SlimUnit`s; changed in place. Heads that `wide` lacks stay as they are.
        wide: a network of as many RepVGG units, trained; not changed.
        faces: (N, H, W, C) uint8 faces to fit on, as both take them; 1,024 are used at most.
    """
    chance = torch.Generator().manual_seed(0)
    folded = fold(wide).cpu()
    x_wide = slim.normalized(to_pixels(torch.from_numpy(faces[:MOST_FACES])))
    x_slim = x_wide
    bodies = (folded.body, slim.body)
    assert isinstance(bodies[0], nn.Sequential)
    assert isinstance(bodies[1], nn.Sequential)
    folds = [unit[0] for unit in bodies[0] if isinstance(unit, nn.Sequential)]
    convolutions = [layer for layer in folds if isinstance(layer, nn.Conv2d)]
    units = [unit for unit in bodies[1] if isinstance(unit, SlimUnit)]
    heads = {name: layer for name, layer in folded.heads.items() if isinstance(layer, nn.Linear)}
    last = torch.cat([layer.weight for layer in heads.values()])
    outgoing = [*(layer.weight for layer in convolutions[1:]), last]
    for unit, convolution, following in zip(units, convolutions, outgoing, strict=True):
        wanted = convolution(x_wide)
        x_wide = wanted.relu()
        importance = following.transpose(0, 1).flatten(1).norm(dim=1)
        kept = most_telling(_places(x_wide, chance) * importance, unit.conv.out_channels)
        _fit_unit(unit, x_slim, wanted[:, kept], chance)
        unit.eval()
        x_slim = unit(x_slim)
        unit.train()
    pooled, pooled_wide = x_slim.mean((2, 3)), x_wide.mean((2, 3))
    for name, layer in slim.heads.items():
        if folded.outputs.get(name) == slim.outputs[name]:
            assert isinstance(layer, nn.Linear)
            solution = least_squares(pooled, heads[name](pooled_wide))
            layer.weight.copy_(solution[:-1].T)
            assert layer.bias is not None
            layer.bias.copy_(solution[-1])


def most_telling(samples: Tensor, count: int) -> Tensor:
    """Choose the columns from which all columns follow best in the least-squares sense.

    Args:
        samples: (N, C).
        count: how many to choose, at most C.

    Returns:
        Their rising numbers; (count,) int64.
    """
    centered = (samples - samples.mean(0)).double()
    left = centered.T @ centered
    chosen: list[int] = []
    for _ in range(count):
        gain = left.square().sum(0) / left.diagonal().clamp_min(1e-12)
        gain[chosen] = -1.0
        best = int(gain.argmax())
        chosen.append(best)
        column = left[:, best].clone()
        left -= torch.outer(column, column) / column[best].clamp_min(1e-12)
    return torch.tensor(sorted(chosen))


def least_squares(inputs: Tensor, outputs: Tensor) -> Tensor:
    """Trainer a linear map with an offset.

    Args:
        inputs: (N, A).
        outputs: (N, B).

    Returns:
        (A + 1, B) float32; the last row is the offset.
    """
    mean_in, mean_out = inputs.double().mean(0), outputs.double().mean(0)
    a, b = inputs.double() - mean_in, outputs.double() - mean_out
    normal = a.T @ a
    normal.diagonal().add_(RIDGE * normal.diagonal().mean())
    matrix = torch.linalg.solve(normal, a.T @ b)
    return torch.cat([matrix, (mean_out - mean_in @ matrix)[None]]).float()


def _fit_unit(unit: SlimUnit, x: Tensor, wanted: Tensor, chance: torch.Generator) -> None:
    """Trainer a unit's convolution to give `wanted` (N, C, H, W) before the ReLU from `x`."""
    conv, norm = unit.conv, unit.norm
    patches, targets = [], []
    share = min(1.0, MOST_PLACES / (len(wanted) * wanted.shape[2] * wanted.shape[3]))
    for some, goal in zip(torch.split(x, 64), torch.split(wanted, 64), strict=True):
        rows = F.unfold(some, 3, padding=1, stride=conv.stride).transpose(1, 2).flatten(0, 1)
        here = torch.rand(len(rows), generator=chance) < share
        patches.append(rows[here])
        targets.append(goal.flatten(2).transpose(1, 2).flatten(0, 1)[here])
    solution = least_squares(torch.cat(patches), torch.cat(targets))
    conv.weight.copy_(solution[:-1].T.reshape(conv.weight.shape))
    # Batch normalization begins with what the convolution gives, and so changes nothing at first.
    given = conv(x)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.copy_(given.mean((0, 2, 3)))
    norm.running_var.copy_(given.var((0, 2, 3)))
    norm.weight.copy_((norm.running_var + norm.eps).sqrt())
    norm.bias.copy_(norm.running_mean + solution[-1])


def _places(x: Tensor, chance: torch.Generator) -> Tensor:
    """Some places of feature maps (N, C, H, W), as rows (M, C)."""
    rows = x.permute(0, 2, 3, 1).flatten(0, 2)
    return rows[torch.randint(len(rows), (min(MOST_PLACES, len(rows)),), generator=chance)]
