"""The listening history: every play, newest first, in pages that stay put while plays arrive."""
