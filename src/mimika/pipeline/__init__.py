"""From a source to results: one stream, one picture, one whole film."""
