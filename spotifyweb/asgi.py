"""HTTP and websockets, one server."""

import os
import warnings

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotifyweb.settings")

# WhiteNoise hands its files over as plain iterators; they are small and immutable, so that is fine.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")

django = get_asgi_application()  # before anything that needs the models

from django.conf import settings  # noqa: E402

from ingestion.views import FORM_BYTES  # noqa: E402
from nowplaying.routing import websocket_urlpatterns  # noqa: E402
from recommendations.fast_path.middleware import FastPathMiddleware  # noqa: E402
from spotifyweb import settled  # noqa: E402
from spotifyweb.body_limit import Bounded  # noqa: E402
from spotifyweb.origins import SameOrigin  # noqa: E402

bounded = Bounded(django, uploads={"/import/": settings.IMPORT_MAX_BYTES + FORM_BYTES})

application = ProtocolTypeRouter(
    {
        "http": FastPathMiddleware(bounded),
        "websocket": SameOrigin(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)

settled.settle()
