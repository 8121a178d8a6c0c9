from django.urls import path

from ingestion import api, views

app_name = "ingestion"
urlpatterns = [
    path("import/", views.page, name="page"),
    path("import/<int:pk>/", views.state, name="import"),
    path("api/v1/imports", api.Imports.as_view(), name="imports"),
]
