"""URLs of logging in and out, and of a listener's settings."""

from django.urls import path
from django.views.generic import RedirectView

from spotifyweb.accounts import views

urlpatterns = [
    path("login/", views.login_page, name="login"),
    path("login/paste/", views.paste, name="login_paste"),
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("callback/", views.callback, name="callback"),
    path("logout/", views.logout, name="logout"),
    path("settings/", views.settings_page, name="settings"),
    path("settings/zone/", views.change_region, name="settings_zone"),
    path("settings/sessions/end/", views.end_sessions, name="end_sessions"),
    path("settings/tokens/", views.create_token, name="settings_tokens"),
    path("settings/tokens/<int:token_id>/revoke/", views.revoke_token, name="revoke_token"),
]
