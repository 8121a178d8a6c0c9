"""Statistics that pages and endpoints share: overview, trends, top, items, year, and the like."""
