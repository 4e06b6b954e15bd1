"""How fast Mimika is, where, and whether it fits a budget: what `mimika bench` measures."""
