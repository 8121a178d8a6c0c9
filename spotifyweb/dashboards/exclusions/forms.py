"""The form for a new exclusion rule."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.models import ExclusionRule


class ExclusionRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = ExclusionRule
        fields = ("kind", "value")

    def __init__(self, *args: Any, listener: Listener, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.listener = listener

    def validate_unique(self) -> None:
        """Refuse a rule that the listener has, which Django skips as `listener` is no field."""
        try:
            self.instance.validate_constraints()
        except ValidationError:
            self.add_error("value", gettext("This exclusion already exists."))
