from django.urls import path

from ingestion import views

app_name = "ingestion"
urlpatterns = [
    path("import/", views.page, name="page"),
    path("import/<int:pk>/", views.state, name="import"),
]
