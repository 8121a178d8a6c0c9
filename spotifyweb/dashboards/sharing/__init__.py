"""Share links: their rules, the pages they open, the endpoint."""
