"""A network that takes one picture at a time is made to take any number of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mimika.base.errors import ModelError
from mimika.engines.onnxruntime_cpu import CpuSession

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TOLERANCE = 1e-3
"""Greatest difference from one picture at a time, as a share of the largest value."""

PREFIX = "one/"


def freed(
    model: Any, path: Path, source: str, results: Sequence[str], fed: NDArray[Any]
) -> tuple[Any, bool]:
    """Free the first axis of a network; where its graph does not bear that, run it in a loop.

    Args:
        model: the network, an onnx `ModelProto`.
        path: its file.
        source: name of its input, whose first axis is fixed.
        results: names of the outputs that are wanted.
        fed: (N, ...) prepared faces to compare on.

    Returns:
        A network of the same names that takes any number of pictures, and whether it does so in a
        loop.

    Raises:
        ModelError: it takes several pictures at a time and cannot be freed.
    """
    session = CpuSession(path)
    count = int(session.inputs[source][0])
    expected = _one_by_one(session, source, results, fed, count)
    candidates = [_with_free_axis(model, source, results)]
    if count == 1:
        candidates.append(_looped(model, source, results, fed))
    for looped, candidate in enumerate(candidates):
        if _agrees(candidate, source, results, fed, expected):
            return candidate, bool(looped)
    raise ModelError(
        f"{path} takes exactly {count} pictures at a time: export it with a free first axis "
        "(docs/adopt.md shows how)."
    )


def _one_by_one(
    session: CpuSession, source: str, results: Sequence[str], fed: NDArray[Any], count: int
) -> list[NDArray[Any]]:
    rows = [session.run(list(results), {source: np.repeat(one[None], count, 0)}) for one in fed]
    return [np.concatenate([row[k][:1] for row in rows]) for k in range(len(results))]


def _agrees(
    model: Any,
    source: str,
    results: Sequence[str],
    fed: NDArray[Any],
    expected: Sequence[NDArray[Any]],
) -> bool:
    with tempfile.TemporaryDirectory(prefix="mimika-adopt-") as folder:
        file = Path(folder) / "free.onnx"
        file.write_bytes(model.SerializeToString())
        try:
            found = CpuSession(file).run(list(results), {source: fed})
        except Exception:  # noqa: BLE001 - ONNX Runtime raises a dozen unrelated kinds
            return False
    return all(
        a.size == b.size
        and np.abs(a.reshape(b.shape) - b).max() <= TOLERANCE * max(1.0, float(np.abs(b).max()))
        for a, b in zip(found, expected, strict=True)
    )


def _with_free_axis(model: Any, source: str, results: Sequence[str]) -> Any:
    import onnx

    free = onnx.ModelProto()
    free.CopyFrom(model)
    # What is noted of shapes inside holds for the fixed number alone.
    del free.graph.value_info[:]
    for entry in (*free.graph.input, *free.graph.output):
        if entry.name == source or entry.name in results:
            shape = entry.type.tensor_type.shape
            if shape.dim:
                shape.dim[0].dim_param = "N"
    return free


def _looped(model: Any, source: str, results: Sequence[str], fed: NDArray[Any]) -> Any:
    """The network as the body of a Scan over the pictures."""
    import onnx
    from onnx import compose, helper, numpy_helper

    kinds = {
        entry.name: entry.type.tensor_type.elem_type
        for entry in (*model.graph.input, *model.graph.output)
    }
    inner = compose.add_prefix(model, PREFIX).graph
    picture = list(fed.shape[1:])
    body = helper.make_graph(
        [
            helper.make_node("Reshape", ["picture", "shape"], [PREFIX + source], name="one_more"),
            *inner.node,
            *(
                helper.make_node("Reshape", [PREFIX + name, "flat"], [f"{name}_row"], name=name)
                for name in results
            ),
        ],
        "one_picture",
        [helper.make_tensor_value_info("picture", kinds[source], picture)],
        [helper.make_tensor_value_info(f"{name}_row", kinds[name], None) for name in results],
        [
            *inner.initializer,
            numpy_helper.from_array(np.array([1, *picture], np.int64), "shape"),
            numpy_helper.from_array(np.array([-1], np.int64), "flat"),
        ],
        sparse_initializer=inner.sparse_initializer,
    )
    each = helper.make_node("Scan", [source], list(results), body=body, num_scan_inputs=1)
    graph = helper.make_graph(
        [each],
        "looped",
        [helper.make_tensor_value_info(source, kinds[source], ["N", *picture])],
        [helper.make_tensor_value_info(name, kinds[name], None) for name in results],
    )
    whole = onnx.ModelProto()
    whole.CopyFrom(model)
    whole.graph.CopyFrom(graph)
    return whole
