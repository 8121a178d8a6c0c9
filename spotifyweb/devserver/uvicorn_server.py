"""The web server of one machine: uvicorn, awake once a second while nothing happens.

uvicorn itself looks ten times a second whether it is to stop, and has no setting for that.
"""

import argparse
import asyncio
import contextlib

import uvicorn

APPLICATION = "spotifyweb.asgi:application"
TICK_SECONDS = 1.0
STOP_SECONDS = 3  # for requests under way


class Server(uvicorn.Server):
    async def main_loop(self) -> None:
        """Wait until it is to stop; the header Date is TICK_SECONDS old at most."""
        while not await self.on_tick(0):  # of 0 it renews that header
            await asyncio.sleep(TICK_SECONDS)


def create_server(*, host: str, port: int) -> Server:
    config = uvicorn.Config(
        APPLICATION,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=STOP_SECONDS,
        ws_per_message_deflate=False,  # 40 kB of each socket, for messages of one
    )
    return Server(config)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m spotifyweb.devserver.uvicorn_server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    with contextlib.suppress(KeyboardInterrupt):
        create_server(**vars(parser.parse_args())).run()


if __name__ == "__main__":
    main()
