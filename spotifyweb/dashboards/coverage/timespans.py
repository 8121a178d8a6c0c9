"""Arithmetic on spans of time, each from its first moment to its last."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise

Timespan = tuple[datetime, datetime]


def union(spans: Iterable[Timespan]) -> list[Timespan]:
    """Return the spans in order, joined where they overlap or meet."""
    joined: list[Timespan] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last)
        else:
            joined.append((first, last))
    return joined


def gaps_between(spans: Iterable[Timespan]) -> list[Timespan]:
    """Return what lies between the spans."""
    return [(before[1], after[0]) for before, after in pairwise(union(spans))]


def split(span: Timespan, covered: Iterable[Timespan]) -> tuple[list[Timespan], list[Timespan]]:
    """Split a span into what is not covered and what is."""
    inside = list(_intersections(span, union(covered)))
    first, last = span
    edges = [first, *(edge for part in inside for edge in part), last]
    left = [(edges[n], edges[n + 1]) for n in range(0, len(edges), 2) if edges[n] < edges[n + 1]]
    return left, inside


def _intersections(span: Timespan, covered: Iterable[Timespan]) -> Iterator[Timespan]:
    for first, last in covered:
        part = max(first, span[0]), min(last, span[1])
        if part[0] < part[1]:
            yield part
