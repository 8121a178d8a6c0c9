"""`/settings/messages/`: where a listener wants messages, and which."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from ingestion.messages import addresses, delivery
from ingestion.messages.forms import AddressForm
from ingestion.models import MessageAddress
from spotifyweb.accounts import token_store
from spotifyweb.accounts.auth import listener_of

PAGE = "ingestion:messages"


@sensitive_post_parameters("url")
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show the form, or save it; a stored address is never shown again."""
    stored = _find_stored(request)
    form = AddressForm(request.POST or None, instance=stored or MessageAddress())
    if request.method == "POST" and form.is_valid():
        _save(form, request)
        messages.success(request, gettext("Saved."))
        return redirect(PAGE)
    context = {"form": form, "stored": stored, "examples": addresses.EXAMPLES}
    return render(request, "ingestion/messages.html", context, status=400 if form.errors else 200)


def _save(form: AddressForm, request: HttpRequest) -> None:
    address = form.save(commit=False)
    if url := form.cleaned_data["url"]:
        address.encrypted, address.service = token_store.encrypt(url), form.service
        address.failed_at = None
    if address.pk is None:
        address.listener, address.created_at = listener_of(request), timezone.now()
    address.save()


@login_required
@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Send a message now."""
    address = get_object_or_404(MessageAddress, listener=request.user.pk)
    if delivery.send(address, gettext("Test message"), gettext("Messages from Liner arrive here.")):
        messages.success(request, gettext("Test message sent."))
    else:
        messages.error(request, gettext("The message could not be delivered. Check the address."))
    return redirect(PAGE)


@login_required
@require_POST
def remove(request: HttpRequest) -> HttpResponse:
    MessageAddress.objects.filter(listener=request.user.pk).delete()
    messages.success(request, gettext("Address removed."))
    return redirect(PAGE)


def _find_stored(request: HttpRequest) -> MessageAddress | None:
    return MessageAddress.objects.filter(listener=request.user.pk).first()
