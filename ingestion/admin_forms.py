"""Forms of the control room."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ingestion.pipeline import replay
from spotifyweb import events

RECORD_LENGTH = 100_000  # longer ones are dropped, or edited with manage.py dead_letters


class RecordForm(forms.Form):
    """A rejected record, to be corrected."""

    value = forms.CharField(
        label=gettext_lazy("Record"),
        max_length=RECORD_LENGTH,
        widget=forms.Textarea(attrs={"rows": 14, "cols": 80, "spellcheck": "false"}),
    )


class ReplayForm(forms.Form):
    """Where a replay begins."""

    topic = forms.ChoiceField(
        label=gettext_lazy("Topic"),
        choices=[("", gettext_lazy("All topics")), *((name, name) for name in events.TOPICS)],
        required=False,
    )
    at = forms.CharField(
        label=gettext_lazy("From"),
        help_text=gettext_lazy(
            "A time with its zone, such as 2026-11-28T10:00Z, or an offset of one topic."
        ),
        max_length=40,
    )
    partition = forms.IntegerField(
        label=gettext_lazy("Partition"),
        help_text=gettext_lazy("Leave empty for all."),
        min_value=0,
        max_value=10_000,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "at" in cleaned and "topic" in cleaned:
            try:
                replay.parse_start(cleaned["at"], topic=cleaned["topic"])
            except ValueError as error:
                self.add_error("at", str(error))
        return cleaned

    @property
    def description(self) -> str:
        what = self.cleaned_data["topic"] or _("all topics")
        text = _("%(what)s from %(at)s") % {"what": what, "at": self.cleaned_data["at"]}
        if self.cleaned_data["partition"] is None:
            return text
        part = {"text": text, "partition": self.cleaned_data["partition"]}
        return _("%(text)s, partition %(partition)d") % part
