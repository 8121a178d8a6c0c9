"""`python -m spotifyweb.devserver`: prepare this machine, start every process, stop them together.

    lock ─▶ ports ─▶ Valkey ─▶ database, static files, topics ─▶ demo history ─▶ web, workers, beat

Valkey starts first and stops last, outside the other processes' group, so that workers can
disconnect from their broker.
"""

import os
import sys
import threading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotifyweb.settings")


def main() -> int:
    import django
    from django.core.exceptions import ImproperlyConfigured

    from spotifyweb.devserver import environment, processes

    try:
        django.setup()
        environment.require_root_url()
        with environment.hold_data_folder(), environment.valkey():
            environment.prepare_instance()
            threading.Thread(target=environment.announce_address, daemon=True).start()
            return processes.run_all()
    except (environment.StartupError, ImproperlyConfigured) as error:
        environment.print_line(f"[bold red]Cannot start.[/] {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
