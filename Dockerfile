# One image for every process: web, workers, beat, sandbox (docker-compose.yml, deploy/kubernetes).
# tests/deploy/test_image.py carries these steps out, without a daemon.
FROM python:3.13.15-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b AS build
RUN pip install --no-cache-dir uv==0.13.9
COPY requirements.lock /app/
RUN uv venv /venv && uv pip install --python /venv --compile-bytecode --require-hashes -r /app/requirements.lock

FROM python:3.13.15-slim@sha256:7c61056e61ac89e852de05f3dc6fa51a6dd2181797bceed46aa725dd7cb2cd3b
WORKDIR /app
COPY --from=build /venv /venv
COPY . /app/
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOME=/tmp MALLOC_ARENA_MAX=2 ARROW_DEFAULT_MEMORY_POOL=system
ENV DATA_DIR=/data STATIC_ROOT=/app/static_root WEB_HOST=0.0.0.0 SANDBOX_HOST=0.0.0.0
# Settings want a folder and make secrets in it, which end with this step: none is in the image.
RUN DATA_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity 0 && rm -r /tmp/build \
    && python -m compileall -q /app
# A number, so that Kubernetes can see that it is not root's; no such user has to exist.
RUN install -d -m 700 -o 10001 -g 10001 /data
USER 10001:10001
VOLUME /data
EXPOSE 8000 8089
# Asks the web server of this container; the other processes have checks of their own.
HEALTHCHECK --interval=15s --timeout=10s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/ready', timeout=8)"]
CMD ["python", "-m", "uvicorn", "spotifyweb.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--no-access-log", "--ws-per-message-deflate", "false"]
