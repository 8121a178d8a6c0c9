"""The drafted design of the recommendations API, to be measured beside ours: FastAPI, an
`async def`, a synchronous Redis client, JSON parsed and written again, no authentication."""

import json
import os

import redis
from fastapi import FastAPI

app = FastAPI()
cache = redis.Redis.from_url(os.environ["REDIS_URL"])


@app.get("/api/v1/recommendations/{track_id}")
async def recommendations(track_id: str):  # type: ignore[no-untyped-def]
    stored = cache.get(f"rec:{track_id}")
    if stored:
        answer = json.loads(stored)  # type: ignore[arg-type]
        answer["cache_hit"] = True
        return answer
    return {"track_id": track_id, "recommendations": [], "cache_hit": False}
