FROM python:3.13-slim AS build
WORKDIR /house
RUN pip install --no-cache-dir uv
COPY requirements.lock .
RUN uv venv /venv && uv pip install --python /venv --compile-bytecode --require-hashes -r requirements.lock

FROM python:3.13-slim
RUN useradd --create-home house && mkdir /data && chown house /data
WORKDIR /house
COPY --from=build /venv /venv
COPY --chown=house . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=2 DATA_DIR=/data
USER house
VOLUME /data
EXPOSE 8000
CMD ["python", "-m", "uvicorn", "spotifyweb.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--lifespan", "off"]
