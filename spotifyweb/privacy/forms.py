"""Forms to erase data and to disconnect."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from spotifyweb.privacy.erasure_requests import Retention
from spotifyweb.privacy.models import ErasureRequest

KINDS = [(kind.value, kind.label) for kind in ErasureRequest.SUPPRESSING]
UNKNOWN_KIND = _("Choose a play, a period or a source.")
NO_PERIOD = _("A period needs a first and a last day.")


class ErasureForm(forms.Form):
    """What to erase: a play by its event, a period by its days, or a source by its name."""

    what = forms.ChoiceField(
        choices=KINDS, error_messages={"required": UNKNOWN_KIND, "invalid_choice": UNKNOWN_KIND}
    )
    event = forms.CharField(required=False)
    first = forms.DateField(
        required=False, input_formats=["%Y-%m-%d"], error_messages={"invalid": NO_PERIOD}
    )
    last = forms.DateField(
        required=False, input_formats=["%Y-%m-%d"], error_messages={"invalid": NO_PERIOD}
    )
    source = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        is_period = data.get("what") == ErasureRequest.Kind.PERIOD
        if is_period and not self.errors and not (data.get("first") and data.get("last")):
            raise forms.ValidationError(NO_PERIOD, code="incomplete")
        return data


class DisconnectForm(forms.Form):
    """What stays of a listener who disconnects; erasing everything has to be confirmed."""

    choice = forms.ChoiceField(choices=Retention.choices)
    sure = forms.ChoiceField(choices=[("yes", _("I am sure"))], required=False)

    def clean(self) -> dict[str, Any]:
        if (
            self.cleaned_data.get("choice") == Retention.EVERYTHING
            and self.cleaned_data.get("sure") != "yes"
        ):
            self.add_error("sure", _("To erase everything, confirm that you are sure."))
        return self.cleaned_data
