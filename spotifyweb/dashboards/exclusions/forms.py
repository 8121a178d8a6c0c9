"""The form for a new exclusion rule."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from spotifyweb import clients
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.exclusions import names
from spotifyweb.dashboards.models import ExclusionRule
from spotifyweb.warehouse import WarehouseError


class ExclusionRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ExclusionRule
        fields = ("kind", "value")

    def __init__(self, *args: Any, listener: Listener, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.near: list[str] = []  # names to choose from in place of the one that was refused
        self.instance.listener = listener

    def clean(self) -> dict[str, Any]:
        """Refuse the name of what was never played, with names like it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind, name = cleaned.get("kind", ""), cleaned.get("value", "")
        try:
            if name and kind == ExclusionRule.Kind.TRACK:
                cleaned["value"] = self._track_id(name)
            elif name and not self._is_known(kind, name):
                self.add_error("value", self._refusal(kind, name))
        except WarehouseError:
            if kind == ExclusionRule.Kind.TRACK:  # others hide nothing where they name nothing
                self.add_error("value", gettext("Tracks can't be looked up now. Try again later."))
        return cleaned

    def _track_id(self, name: str) -> str:
        """Return the id of the track that is meant, with an error where it is none or several."""
        tracks = names.find_tracks(clients.warehouse(), self.instance.listener.user_id, name)
        if not tracks:
            self.add_error("value", self._refusal(ExclusionRule.Kind.TRACK, name))
        elif len(tracks) > 1:
            self.near = list(tracks)
            several = gettext("Several tracks have this name: %(names)s.")
            self.add_error("value", several % {"names": ", ".join(f"“{each}”" for each in tracks)})
        return next(iter(tracks.values()), "")

    def _is_known(self, kind: str, name: str) -> bool:
        return names.is_known(clients.warehouse(), self.instance.listener.user_id, kind, name)

    def _refusal(self, kind: str, name: str) -> str:
        near = names.near_matches(clients.warehouse(), self.instance.listener.user_id, kind, name)
        self.near = near
        if not near:
            return gettext("You have no plays of “%(name)s”.") % {"name": name}
        return gettext("You have no plays of “%(name)s”. Did you mean %(near)s?") % {
            "name": name,
            "near": ", ".join(f"“{each}”" for each in near),
        }

    def validate_unique(self) -> None:
        """Refuse a rule that the listener has, which Django skips as `listener` is no field.

        One that is turned off is turned on instead.
        """
        try:
            self.instance.validate_constraints()
        except ValidationError:
            if rule := self._rule_turned_off():
                rule.is_on, self.instance = True, rule
            else:
                self.add_error("value", gettext("This exclusion already exists."))

    def _rule_turned_off(self) -> ExclusionRule | None:
        new = self.instance
        same = ExclusionRule.objects.filter(
            listener=new.listener, kind=new.kind, value=new.value, is_on=False
        )
        return same.first()
