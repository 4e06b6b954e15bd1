"""Ground that every room stands on: errors, files, folders. Imports nothing of Mimika."""
