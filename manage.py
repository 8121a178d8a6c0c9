#!/usr/bin/env python
"""Django's command line."""

import gc
import os
import sys

OBJECTS_BETWEEN_COLLECTIONS = 50_000  # of 700; what a command loads stays until its end


def main() -> None:
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotifyweb.settings")
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # its own gives nothing back
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
