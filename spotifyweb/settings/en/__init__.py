"""Formats of English, which Django reads by FORMAT_MODULE_PATH."""
