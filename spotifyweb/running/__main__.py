"""`python -m spotifyweb.running`: prepare this machine, start every process, stop them together.

    lock ─▶ ports ─▶ Valkey ─▶ database, static files, topics ─▶ demo history ─▶ web, workers, beat

Valkey starts first and stops last, outside the other processes' group, so that workers can say
goodbye to their broker.
"""

import os
import sys
import threading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotifyweb.settings")


def main() -> int:
    import django
    from django.core.exceptions import ImproperlyConfigured

    from spotifyweb.running import machine, processes

    try:
        django.setup()
        machine.require_root()
        with machine.only_one(), machine.valkey():
            machine.prepare()
            threading.Thread(target=machine.announce, daemon=True).start()
            return processes.run_all()
    except (machine.CannotRun, ImproperlyConfigured) as error:
        machine.say(f"[bold red]Cannot start.[/] {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
