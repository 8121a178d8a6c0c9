"""`python -m spotifyweb.devserver`: prepare this machine, then supervise every process.

    lock ─▶ ports ─▶ Valkey ─▶ database, static files, topics ─▶ demo history ─▶ web and worker

Valkey starts first and stops last, so that the worker can disconnect from its broker.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotifyweb.settings")


def main() -> int:
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError

    from spotifyweb.devserver import environment, processes

    try:
        django.setup()
        environment.require_root_url()
        with environment.hold_data_folder():
            environment.require_free_ports(environment.supervised_ports())
            with environment.watchdog() as watchdog, environment.valkey(watchdog) as valkey:
                environment.prepare_instance()
                processes.supervise(valkey, watchdog=watchdog)
    except (environment.StartupError, ImproperlyConfigured, CommandError) as error:
        environment.print_line(f"[bold red]Cannot start.[/] {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
