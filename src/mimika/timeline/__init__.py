"""Results over time: people and moments."""
