"""The export: formats, the page and the downloads."""
