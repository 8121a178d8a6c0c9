"""The pipeline's tables.

operations   runs of the stages, and the alerts about them
coverage     cursors, gaps and imports
records      rejects, and where backups lie
messages     where listeners want messages, and what was sent
catalogue    known tracks and artists
"""

from ingestion.models.catalogue import Artist, Track
from ingestion.models.coverage import LATE, OUTAGE, Cursor, Gap, Gaps, HistoryImport
from ingestion.models.messages import MessageAddress, SentMessage
from ingestion.models.operations import Alarm, QualityResult, Run, Stage, Trigger
from ingestion.models.records import BackupDestination, Reject

__all__ = [
    "LATE",
    "OUTAGE",
    "Alarm",
    "Artist",
    "BackupDestination",
    "Cursor",
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
