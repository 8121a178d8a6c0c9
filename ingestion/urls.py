from django.urls import path

from ingestion import api, views
from ingestion.messages import views as message_views

app_name = "ingestion"
urlpatterns = [
    path("import/", views.page, name="page"),
    path("import/<int:pk>/", views.state, name="import"),
    path("settings/messages/", message_views.page, name="messages"),
    path("settings/messages/test/", message_views.test, name="messages_test"),
    path("settings/messages/remove/", message_views.remove, name="messages_remove"),
    path("api/v1/imports", api.Imports.as_view(), name="imports"),
    path("api/v1/imports/<int:pk>", api.ImportState.as_view(), name="import-state"),
]
