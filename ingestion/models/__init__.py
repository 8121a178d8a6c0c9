"""The pipeline's tables.

operations   runs of the stages, and the alerts about them
coverage     cursors, gaps and imports
records      rejects, and where backups lie
messages     where listeners want messages, and what was sent
catalogue    known tracks, artists and albums
"""

from ingestion.models.catalogue import Album, AlbumTrack, Artist, Discography, Track
from ingestion.models.coverage import LATE, OUTAGE, Cursor, Gap, Gaps, HistoryImport
from ingestion.models.messages import MessageAddress, SentMessage
from ingestion.models.operations import Alarm, QualityResult, Run, Stage, Trigger
from ingestion.models.records import BackupDestination, Reject

__all__ = [
    "LATE",
    "OUTAGE",
    "Alarm",
    "Album",
    "AlbumTrack",
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
