"""Say where the site is, once it answers: `python announcement.py PROBE ADDRESS NOTE`."""

import sys
import time
import urllib.error
import urllib.request

START_SECONDS = 60
BOLD_GREEN, BOLD_RED, PLAIN = "\033[1;32m", "\033[1;31m", "\033[0m"


def announce(probe: str, address: str, note: str) -> None:
    """Print the address when the probe answers, or that it does not."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(probe, timeout=5).close()  # noqa: S310 - our own site
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
            continue
        say(BOLD_GREEN, f"Open {address}/", f"{note} Ctrl-C stops everything.")
        return
    say(BOLD_RED, f"The web does not answer at {probe}.", " See its messages above.")


def say(style: str, strong: str, rest: str) -> None:
    """Print to a person; without colours where nobody sees them."""
    if sys.stderr.isatty():
        strong = f"{style}{strong}{PLAIN}"
    print(f"\n{strong}{rest}\n", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    announce(*sys.argv[1:])
