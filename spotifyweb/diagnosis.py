"""What an error of an outside system means, in words that name the setting and what to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    sentence: str
    hint: str
    retry: bool = False  # whether it may pass by itself
