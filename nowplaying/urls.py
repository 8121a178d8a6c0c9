from django.urls import path

from nowplaying import views

app_name = "nowplaying"
urlpatterns = [
    path("now/", views.page, name="page"),
    path("now/state/", views.state, name="state"),
    path("now/refresh/", views.refresh, name="refresh"),
]
