"""URLs of a listener's data, of erasure, and of disconnecting."""

from django.urls import path

from spotifyweb.privacy import api, views

urlpatterns = [
    path("privacy/", views.privacy_policy, name="privacy"),
    path("settings/disconnect/", views.disconnect, name="disconnect"),
    path("data/", views.your_data, name="your_data"),
    path("data/erase/", views.erase, name="erase"),
    path("data/erasures/<str:token>/", views.request_page, name="erasure"),
    path("data/erasures/<str:token>/receipt.json", views.receipt, name="erasure_receipt"),
    path("data/erasures/<str:token>/lift/", views.lift_suppression, name="lift_mark"),
    path("api/v1/erasures", api.ErasuresView.as_view(), name="api_erasures"),
    path("api/v1/erasures/<str:token>", api.ErasureView.as_view(), name="api_erasure"),
]
