"""Coverage: gaps, spans of sources, bands on charts, the page and the endpoint."""
