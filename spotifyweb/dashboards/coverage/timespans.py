"""Arithmetic on stretches of time, each from its first moment to its last."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise

Timespan = tuple[datetime, datetime]


def union(spans: Iterable[Timespan]) -> list[Timespan]:
    """In order, those that overlap or meet as one."""
    found: list[Timespan] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def holes(spans: Iterable[Timespan]) -> list[Timespan]:
    """What lies between them."""
    return [(before[1], after[0]) for before, after in pairwise(union(spans))]


def split(span: Timespan, covered: Iterable[Timespan]) -> tuple[list[Timespan], list[Timespan]]:
    """What of it is not covered, and what is."""
    inside = list(_within(span, union(covered)))
    first, last = span
    edges = [first, *(edge for part in inside for edge in part), last]
    left = [(edges[n], edges[n + 1]) for n in range(0, len(edges), 2) if edges[n] < edges[n + 1]]
    return left, inside


def _within(span: Timespan, covered: Iterable[Timespan]) -> Iterator[Timespan]:
    for first, last in covered:
        part = max(first, span[0]), min(last, span[1])
        if part[0] < part[1]:
            yield part
