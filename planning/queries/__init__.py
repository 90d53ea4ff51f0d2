"""Reads of plans: rows to labelled arrays, a fixed number of queries each."""
