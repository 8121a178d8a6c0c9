"""Merged plays: observations of several sources, separations, the page and the endpoints."""
