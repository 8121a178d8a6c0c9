"""The pipeline's tables.

operations   runs of the stages, the alerts about them, and where backups lie
coverage     cursors, gaps and imports
rejects      records that were set aside
messages     where listeners want messages, and what was sent
catalogue    known tracks, artists and albums
"""

from ingestion.models.catalogue import Album, AlbumTrack, Artist, Discography, Track
from ingestion.models.coverage import LATE, OUTAGE, Cursor, Gap, Gaps, HistoryImport
from ingestion.models.messages import MessageAddress, SentMessage
from ingestion.models.operations import (
    Alert,
    BackupDestination,
    QualityResult,
    Run,
    Stage,
    Trigger,
)
from ingestion.models.rejects import Reject

__all__ = [
    "LATE",
    "OUTAGE",
    "Album",
    "AlbumTrack",
    "Alert",
    "Artist",
    "BackupDestination",
    "Cursor",
    "Discography",
    "Gap",
    "Gaps",
    "HistoryImport",
    "MessageAddress",
    "QualityResult",
    "Reject",
    "Run",
    "SentMessage",
    "Stage",
    "Track",
    "Trigger",
]
