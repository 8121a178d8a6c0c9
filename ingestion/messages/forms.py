"""The form of a listener's address for messages."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ingestion.messages import addresses
from ingestion.models import MessageAddress

LONGEST = 500
KINDS = [field.name for field in MessageAddress._meta.fields if field.name.startswith("has_")]


class AddressForm(forms.ModelForm):  # type: ignore[type-arg]
    """The kinds of message and, to enter or replace it, the address."""

    url = forms.CharField(label=_("Address"), max_length=LONGEST, required=False)
    service = ""

    class Meta:
        model = MessageAddress
        fields = KINDS

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        if not url:
            if self.instance.pk:
                return ""
            raise forms.ValidationError(gettext("Enter an address."))
        try:
            _plugin, self.service = addresses.open_address(url)
        except addresses.AddressRefused as refused:
            raise forms.ValidationError(str(refused)) from None
        return url

    def kinds(self) -> list[Any]:
        """Return the fields of the kinds of message."""
        return [self[name] for name in self.Meta.fields]
