"""The whole ASGI application behind the server of production, in a thread of this process."""

import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from bench.harness.processes import PATIENCE_SECONDS, free_port


@contextmanager
def web_server() -> Iterator[str]:
    """Yield its address; settings and monkeypatches of the test count there too."""
    from spotifyweb.asgi import application  # it makes the middleware, so after the settings

    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")
    port = free_port()
    options = {"lifespan": "off", "access_log": False, "timeout_graceful_shutdown": 1}
    config = uvicorn.Config(application, port=port, log_config=None, **options)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started, f"the web did not start on port {port}"
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=PATIENCE_SECONDS)
