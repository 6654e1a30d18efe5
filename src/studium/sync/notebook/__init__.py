"""Notebooks as documents: the schema, the file, merging, and what a run writes. Pure."""
