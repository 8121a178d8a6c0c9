"""The form for a new share link."""

from django import forms
from django.utils.translation import gettext_lazy

from spotifyweb.dashboards.models import ShareLink
from spotifyweb.dashboards.sharing.links import LIFETIMES

DEFAULT_LIFETIME = "30"  # days


class ShareLinkForm(forms.Form):
    pages = forms.MultipleChoiceField(
        choices=list(ShareLink.PAGES.items()),
        error_messages={"required": gettext_lazy("Choose at least one page.")},
    )
    query = forms.CharField(required=False)  # the filters of the page it was opened from
    title = forms.CharField(required=False, max_length=80)
    lifetime = forms.ChoiceField(
        required=False, choices=list(LIFETIMES.items()), initial=DEFAULT_LIFETIME
    )

    def clean_lifetime(self) -> str:
        """Fall back to 30 days where the field is absent; an empty value means no end."""
        lifetime: str = self.cleaned_data["lifetime"]
        return lifetime if "lifetime" in self.data else DEFAULT_LIFETIME
