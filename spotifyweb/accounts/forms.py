"""Forms of the settings page."""

from typing import Any

from django import forms
from django.utils.translation import gettext

from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import ApiToken


class TimezoneForm(forms.Form):
    timezone = forms.CharField(required=False)

    def clean_timezone(self) -> str:
        name: str = self.cleaned_data["timezone"]
        if not timezones.is_timezone(name):
            raise forms.ValidationError(
                gettext("“%(name)s” is not a time zone. Choose one from the list.")
                % {"name": name[:64]},
                code="unknown",
            )
        return name


class ApiTokenForm(forms.Form):
    """The name of a new token and its scopes; unknown scopes are dropped."""

    name = forms.CharField(required=False)
    scopes = forms.Field(widget=forms.SelectMultiple, required=False)

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"])[:60]

    def clean_scopes(self) -> list[str]:
        given = self.cleaned_data["scopes"] or []
        return [scope for scope in ApiToken.Scope.values if scope in given]

    def clean(self) -> dict[str, Any]:
        if not (self.cleaned_data.get("name") and self.cleaned_data.get("scopes")):
            raise forms.ValidationError(
                gettext("Enter a name and select at least one permission."), code="incomplete"
            )
        return self.cleaned_data


def first_error(form: forms.Form) -> str:
    """Return the first error of an invalid form, as a sentence."""
    return next(str(messages[0]) for messages in form.errors.values())
