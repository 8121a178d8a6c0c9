"""How good the lists are, measured on what a listener did next.

Each fit sees nothing that happened after it.
"""
