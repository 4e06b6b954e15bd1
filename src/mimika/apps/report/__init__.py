"""A measured recording as a page, plots and tables."""
