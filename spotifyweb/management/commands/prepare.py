"""`manage.py prepare`: tables, static files, schedule, topics and the lake's empty datasets.

After an upgrade it also queues the build that the new version reads.
"""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from spotifyweb import clients, events, lake
from spotifyweb.accounts import invented
from spotifyweb.monitoring import upgrade


class Command(BaseCommand):
    help = "Make database, static files, schedule, topics and lake ready. Safe to repeat."

    def handle(self, **_options: Any) -> None:
        call_command("migrate", verbosity=0)
        if not settings.SANDBOX:
            invented.show_out()
        call_command("collectstatic", verbosity=0, interactive=False)
        call_command("install_schedule", verbosity=0)
        topics = [*events.TOPICS, *map(events.dead_letter_topic, events.TOPICS)]
        clients.event_log().create_topics(topics)
        lake.ensure_datasets(clients.lake())
        if waiting := upgrade.request_rebuild():
            self.stdout.write(waiting.sentence)
