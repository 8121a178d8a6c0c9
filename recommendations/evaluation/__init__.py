"""How good the lists are, measured on what a listener did next. Past only: each fit sees nothing
that happened after it."""
