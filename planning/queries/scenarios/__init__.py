"""Reads of scenarios: who sees which, in which words, and what their changes make of a plan."""
