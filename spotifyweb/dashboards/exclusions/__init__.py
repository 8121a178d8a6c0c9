"""Exclusion rules: their SQL conditions and counts, the page and the endpoint."""
