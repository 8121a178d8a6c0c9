"""The dashboards' addresses."""

from django.urls import path

from spotifyweb.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.index, name="overview"),
]
