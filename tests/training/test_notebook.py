"""The notebook runs from top to bottom on a small data set."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from faces_in_memory import crying_and_laughing

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "train_and_compare.ipynb"


def write_folders(folder: Path, clip_faces: np.ndarray) -> None:
    """A folder a class, with train/ and valid/."""
    data = crying_and_laughing(clip_faces, 64)
    for name, split in data.splits.items():
        for row, (picture, label) in enumerate(zip(split.pictures, split.labels, strict=True)):
            path = folder / name / data.classes[label] / f"{row}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), picture)


def test_nothing_was_left_in_the_notebook() -> None:
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
            assert len(cell.source.splitlines()) <= 12


@pytest.mark.slow
def test_the_notebook_runs(clip_faces: np.ndarray, tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbclient = pytest.importorskip("nbclient")
    write_folders(tmp_path / "data", clip_faces)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells = [c for c in notebook.cells if "install" not in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source += (
                '\nEPOCHS, SIZE, WEIGHTS = 2, 32, "none"'
                '\nNETWORKS = ("custom_cnn", "timm:mobilenetv3_small_050")'
            )
    client = nbclient.NotebookClient(
        notebook, timeout=280, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    told = "".join(str(cell.get("outputs", "")) for cell in notebook.cells)
    assert "The winner is" in told
    assert told.count("image/png") >= 5
    assert (tmp_path / "runs" / "model.onnx").is_file()
