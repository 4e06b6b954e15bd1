"""The training loop and its parts: batches, loss, optimiser, checkpoints, teachers."""
