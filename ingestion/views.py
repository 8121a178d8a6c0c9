"""`/import/`: how to get one's history from Spotify, an upload form, and past imports."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from ingestion import tasks
from ingestion.history_import import presentation, uploads
from ingestion.models import HistoryImport
from spotifyweb import bounds
from spotifyweb.accounts.auth import listener_of, wants_json
from spotifyweb.lake import LakeError
from spotifyweb.rate_limits import retry_sentence, sender_of, wait_seconds

log = logging.getLogger(__name__)


@csrf_exempt  # `upload` checks the token, after the size was: reading the form would take it all in
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "ingestion/import.html", _context(request))
    if wait := wait_seconds("upload", sender_of(request)):
        why = f"{gettext('Too many uploads.')} {retry_sentence(wait)}"
        response = _refuse(request, why, status=429)
        response["Retry-After"] = str(wait)
        return response
    size = bounds.parse_integer(request.headers.get("Content-Length", "")) or 0
    try:
        uploads.check_size(size, now=timezone.now())
    except uploads.UploadRefused as refusal:
        return _refuse(request, str(refusal), status=refusal.status)
    request.upload_handlers = [TemporaryFileUploadHandler(request)]
    answer: Callable[[HttpRequest], HttpResponse] = csrf_protect(upload)
    return answer(request)


def upload(request: HttpRequest) -> HttpResponse:
    files = [file for file in request.FILES.getlist("files") if file.name]
    if not files:
        return _refuse(request, gettext("Choose a file first."), status=400)
    try:
        history = uploads.receive(files, listener=listener_of(request))
    except LakeError as error:
        log.warning("an upload was not stored: %s", error)
        return _refuse(
            request, gettext("Your files could not be stored. Try again later."), status=503
        )
    tasks.import_history.delay(import_pk=history.pk)
    if wants_json(request):
        url, card = reverse("ingestion:import", args=[history.pk]), f"import-{history.pk}"
        return JsonResponse({"url": url, "card": card}, status=202)
    return redirect(f"{reverse('ingestion:page')}#import-{history.pk}")


@login_required
@never_cache
@require_GET
def state(request: HttpRequest, pk: int) -> JsonResponse:
    """Return how far an import has come, for its owner."""
    history = get_object_or_404(HistoryImport, pk=pk, listener=request.user.pk)
    return JsonResponse(presentation.import_state(history))


def _context(request: HttpRequest) -> dict[str, object]:
    imports = HistoryImport.objects.filter(listener=request.user.pk)[:20]
    return {
        "imports": [presentation.ImportCard.of(history) for history in imports],
        "max_bytes": settings.IMPORT_MAX_BYTES,
    }


def _refuse(request: HttpRequest, why: str, *, status: int) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"error": why}, status=status)
    messages.error(request, why)
    return render(request, "ingestion/import.html", _context(request), status=status)
