"""HTTP and websockets, one server."""

import os
import warnings

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spotifyweb.settings")

# WhiteNoise hands its files over as plain iterators; they are small and immutable, so that is fine.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")

django = get_asgi_application()  # before anything that needs the models

from nowplaying.routing import websocket_urlpatterns  # noqa: E402
from recommendations.hits import Hits  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": Hits(django),
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)
