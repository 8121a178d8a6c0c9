"""Corrections of tracks and artists by hand: the changes, the page and the endpoints."""
