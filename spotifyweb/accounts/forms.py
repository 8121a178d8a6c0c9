"""Forms of the settings page."""

from typing import Any

from django import forms
from django.utils.translation import gettext

from spotifyweb.accounts import timezones
from spotifyweb.accounts.models import ApiToken, FirstWeekday


class RegionForm(forms.Form):
    """Where a listener's days and weeks begin; a missing weekday leaves the weeks as they are."""

    timezone = forms.CharField(required=False)
    first_weekday = forms.TypedChoiceField(
        choices=FirstWeekday.choices, coerce=int, empty_value=None, required=False
    )

    def clean_timezone(self) -> str:
        text: str = self.cleaned_data["timezone"]
        if name := timezones.match_timezone(text):
            return name
        raise forms.ValidationError(
            gettext("“%(name)s” is not a time zone. Choose one from the list, such as %(example)s.")
            % {"name": text[:64], "example": "Europe/Berlin"},
            code="unknown",
        )


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
