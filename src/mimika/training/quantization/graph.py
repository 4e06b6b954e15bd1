"""An ONNX graph to be rewritten: who makes and who takes which value, and what is constant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Graph:
    """The graph of an ONNX model, changed in place; `finish` puts it in order again."""

    def __init__(self, model: Any) -> None:
        """Take in an ONNX `ModelProto`."""
        self._graph = model.graph
        self._constants = {each.name: each for each in self._graph.initializer}
        self._nodes: list[Any] = list(self._graph.node)

    def nodes(self, kind: str) -> list[Any]:
        """The nodes of one operator, in the order of computation."""
        return [node for node in self._nodes if node.op_type == kind]

    def maker(self, name: str, kind: str) -> Any | None:
        """The node that makes a value, if it is of this operator."""
        made = (node for node in self._nodes if name in node.output)
        node = next(made, None)
        return node if node is not None and node.op_type == kind else None

    def users(self, name: str) -> list[Any]:
        """The nodes that take a value."""
        return [node for node in self._nodes if name in node.input]

    def only_user(self, name: str, kind: str) -> Any | None:
        """The node that takes a value, if there is one alone and it is of this operator."""
        users = self.users(name)
        alone = self.goes_only_into(name) and users[0].op_type == kind
        return users[0] if alone else None

    def goes_only_into(self, name: str, count: int = 1) -> bool:
        """Whether so many nodes take a value, and it is no output of the network."""
        outputs = (output.name for output in self._graph.output)
        return len(self.users(name)) == count and name not in outputs

    def constant(self, name: str) -> NDArray[Any] | None:
        """A constant's value; None where `name` is computed or fed."""
        from onnx import numpy_helper

        found = self._constants.get(name)
        return None if found is None else numpy_helper.to_array(found)

    def set_constant(self, name: str, value: NDArray[Any]) -> None:
        """Give a constant another value."""
        from onnx import numpy_helper

        made = numpy_helper.from_array(np.ascontiguousarray(value).reshape(value.shape), name)
        self._constants[name].CopyFrom(made)

    def add_constant(self, name: str, value: NDArray[Any]) -> str:
        """Add a constant; return its name."""
        self._constants[name] = self._graph.initializer.add(name=name)
        self.set_constant(name, np.asarray(value))
        return name

    def replace_uses(self, before: str, after: str) -> None:
        """Let all that takes one value take another."""
        for node in self.users(before):
            for place, name in enumerate(node.input):
                if name == before:
                    node.input[place] = after

    def remove(self, *nodes: Any) -> None:
        """Remove nodes that nothing needs."""
        gone = {id(node) for node in nodes}
        self._nodes = [node for node in self._nodes if id(node) not in gone]

    def insert_before(self, node: Any, *steps: tuple[str, Any]) -> None:
        """Reshape, transpose, multiply or lessen the first value that a node takes.

        Args:
            node: what takes it.
            steps: "Reshape" with the shape, "Transpose" with the order of the axes, "Mul" or "Sub"
                with a number or array of float32.
        """
        from onnx import helper

        value: str = node.input[0]
        made = []
        for number, (kind, how) in enumerate(steps):
            name = f"{node.input[0]}_{kind.lower()}_{number}"
            if kind == "Transpose":
                made.append(helper.make_node(kind, [value], [name], name=name, perm=how))
            else:
                dtype = np.int64 if kind == "Reshape" else np.float32
                constant = self.add_constant(f"{name}_constant", np.asarray(how, dtype))
                made.append(helper.make_node(kind, [value, constant], [name], name=name))
            value = name
        place = next(i for i, each in enumerate(self._nodes) if each is node)
        self._nodes[place:place] = made
        node.input[0] = value

    def finish(self) -> None:
        """Write the nodes back, without constants that nothing takes and shapes that may differ."""
        nodes = [type(node).FromString(node.SerializeToString()) for node in self._nodes]
        used = {name for node in nodes for name in node.input}
        kept = [each for each in self._graph.initializer if each.name in used]
        kept = [type(each).FromString(each.SerializeToString()) for each in kept]
        for field, values in (("node", nodes), ("initializer", kept), ("value_info", [])):
            self._graph.ClearField(field)
            getattr(self._graph, field).extend(values)


def shapes_of(model: Any) -> dict[str, tuple[int, ...]]:
    """Shapes of the values that a model computes, as far as they follow from its input's.

    Args:
        model: an ONNX `ModelProto`.

    Returns:
        By the value's name; 0 where a length is free.
    """
    from onnx import shape_inference

    found = shape_inference.infer_shapes(model).graph.value_info
    return {
        each.name: tuple(dim.dim_value for dim in each.type.tensor_type.shape.dim) for each in found
    }


def separate_networks(model: Any) -> list[list[str]]:
    """Tell the networks of a model apart that see the same faces and not each other's values.

    Args:
        model: an ONNX `ModelProto`.

    Returns:
        Names of the convolutions of each, in the order of computation.
    """
    networks: list[list[str]] = []
    before: dict[str, list[list[str]]] = {}
    for node in model.graph.node:
        seen = [each for name in node.input for each in before.get(name, [])]
        seen = [each for i, each in enumerate(seen) if not any(each is a for a in seen[:i])]
        if node.op_type == "Conv":
            if not seen:
                seen = [[]]
                networks.append(seen[0])
            seen[0].append(node.name)
        for name in node.output:
            before[name] = seen
    return networks
