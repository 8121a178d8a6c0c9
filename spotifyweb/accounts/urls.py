"""Addresses of logging in, of a listener's settings, and of leaving."""

from django.urls import path
from django.views.generic import RedirectView

from spotifyweb.accounts import data_api, data_pages, login, settings_page

urlpatterns = [
    path("login/", login.enter, name="login"),
    path("login/paste/", login.paste, name="login_paste"),
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("callback/", login.callback, name="callback"),
    path("logout/", login.leave, name="logout"),
    path("privacy/", login.privacy, name="privacy"),
    path("settings/", settings_page.show, name="settings"),
    path("settings/zone/", settings_page.zone, name="settings_zone"),
    path("settings/tokens/", settings_page.create_token, name="settings_tokens"),
    path("settings/tokens/<int:token_id>/revoke/", settings_page.revoke_token, name="revoke_token"),
    path("settings/disconnect/", settings_page.disconnect, name="disconnect"),
    path("data/", data_pages.index, name="your_data"),
    path("data/erase/", data_pages.erase, name="erase"),
    path("data/erasures/<str:token>/", data_pages.order_page, name="erasure"),
    path("data/erasures/<str:token>/receipt.json", data_pages.receipt, name="erasure_receipt"),
    path("data/erasures/<str:token>/lift/", data_pages.lift, name="lift_mark"),
    path("api/v1/erasures", data_api.ErasuresView.as_view(), name="api_erasures"),
    path("api/v1/erasures/<str:token>", data_api.ErasureView.as_view(), name="api_erasure"),
]
