"""The product's settings, and the app that makes its clocks run fast."""

from spotifyweb.settings import *  # noqa: F403
from spotifyweb.settings import INSTALLED_APPS as PRODUCT_APPS

INSTALLED_APPS = ["tests.soak", *PRODUCT_APPS]
