"""Corpora: readers from files to pieces, and the split of pieces."""
