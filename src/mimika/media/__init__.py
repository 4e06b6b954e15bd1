"""Where frames come from and where results go: one file each."""
