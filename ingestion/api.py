"""`GET /api/v1/imports`: what the import page shows, for its owner."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers

from ingestion.models import HistoryImport


class ImportSerializer(serializers.ModelSerializer[HistoryImport]):
    class Meta:
        model = HistoryImport
        fields = [
            "id",
            "file_name",
            "kind",
            "status",
            "rows",
            "outcomes",
            "reasons",
            "rejected_files",
            "reported_twice",
            "first_at",
            "last_at",
            "error",
            "created_at",
            "ended_at",
        ]


@extend_schema_view(get=extend_schema(summary="Imports of your history, newest first"))
class Imports(generics.ListAPIView[HistoryImport]):
    serializer_class = ImportSerializer
    pagination_class = None
    queryset = HistoryImport.objects.none()  # the schema asks for a model before there is a user

    def get_queryset(self) -> QuerySet[HistoryImport]:
        return HistoryImport.objects.filter(listener=self.request.user.pk)[:100]
