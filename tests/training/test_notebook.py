"""The notebook runs from top to bottom on a small data set."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from helpers.data_sets import write_competition
from helpers.faces_in_memory import crying_and_laughing

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "train_and_compare.ipynb"


def write_data(folder: Path, clip_faces: np.ndarray) -> None:
    """The competition's folder: 96 labeled faces, 8 to hand in."""
    data = crying_and_laughing(clip_faces, 64)
    splits = data.splits.values()
    pictures = [picture for split in splits for picture in split.pictures]
    labels = [data.classes[label] for split in splits for label in split.labels]
    write_competition(folder, pictures, labels, clip_faces[::-20][:8])


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
    write_data(tmp_path / "unpacked", clip_faces)
    name = tmp_path / "skillbox-computer-vision-project"
    shutil.make_archive(str(name), "zip", tmp_path / "unpacked")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells = [c for c in notebook.cells if "install" not in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        if "parameters" in cell.metadata.get("tags", []):
            cell.source += (
                '\nEPOCHS, SIZE, WEIGHTS = 2, 32, "none"\nNETWORKS = ("custom_cnn", "repvgg_s48")'
            )
    client = nbclient.NotebookClient(
        notebook, timeout=280, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    told = "".join(str(cell.get("outputs", "")) for cell in notebook.cells)
    assert "The winner is" in told
    assert told.count("image/png") >= 6
    assert (tmp_path / "runs" / "model.onnx").is_file()
    sample = (tmp_path / "data" / "sample_submission.csv").read_text().splitlines()
    submission = (tmp_path / "runs" / "submission.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in submission] == [row.split(",")[0] for row in sample]
    assert {row.split(",")[1] for row in submission[1:]} <= {"happy", "neutral", "sad"}
