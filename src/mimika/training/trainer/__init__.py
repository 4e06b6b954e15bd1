"""The training loop and its parts: batches, loss, optimizer, checkpoints, teachers."""
