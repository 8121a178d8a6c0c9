"""One evaluation: for each install and each window fit on the past, ask, and compare.

An install is one listener of a Parquet file (or all of them, `together`), or this install.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from recommendations.evaluation import (
    cases,
    gold_schema,
    history,
    implicit_baseline,
    list_metrics,
    metrics,
    sql_models,
)
from recommendations.evaluation.cases import Case, Window
from recommendations.evaluation.contenders import (
    Baseline,
    Contender,
    LiveStrategy,
    MostPlayed,
    ServedStrategy,
    UnlimitedRanking,
)
from recommendations.evaluation.session_neighbors import SequenceAwareNeighbors, SessionNeighbors
from recommendations.parameters import Parameters
from spotifyweb.warehouse.scratch import Scratch

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationOptions:
    """What is asked, how often the models are fitted anew, and by whom."""

    test_share: float = 0.25  # of the plays, the newest
    refit_days: float = 14
    together: bool = False  # all listeners are one install
    most_cases: int = 0  # per window, evenly drawn; 0 for all
    most_windows: int = 0  # the newest; 0 for all
    trained: bool = True  # also contenders that are trained, which takes longest
    members: frozenset[str] | None = None  # of the household; None: everybody

    def __post_init__(self) -> None:
        """Check the options. Raises ValueError, in the words of the command."""
        if not 0 < self.test_share < 1:
            raise ValueError(f"--test-share {self.test_share:g}: write a share between 0 and 1")
        if not 1 / 24 <= self.refit_days <= 3650:
            raise ValueError(f"--refit-days {self.refit_days:g}: from an hour (0.05) to 3650 days")
        if self.most_cases < 0:
            raise ValueError(f"--cases {self.most_cases}: write 0 for all, or how many at most")


@dataclass(slots=True)
class Findings:
    """What is gathered until figures are made of it: contender -> listener -> answers."""

    ranks: dict[str, dict[str, list[int | None]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    next_ten: dict[str, dict[str, list[dict[str, float]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    empty: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    named: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    new: dict[str, dict[str, list[dict[str, float]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    old: dict[str, dict[str, list[dict[str, float]]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    known: set[str] = field(default_factory=set)
    cases: int = 0


def evaluate(
    scratch: Scratch,
    *,
    options: EvaluationOptions,
    parameters: Parameters,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Return the figures of every contender, from the table `history` in `scratch`."""
    listeners = [
        str(row[0]) for row in scratch.tuples("select distinct user_id from history order by 1")
    ]
    installs = [listeners] if options.together else [[listener] for listener in listeners]
    found = Findings()
    for install in installs:
        _install(scratch, install, options, parameters, found, progress)
    return figures(found, options)


def _install(
    scratch: Scratch,
    install: list[str],
    options: EvaluationOptions,
    parameters: Parameters,
    found: Findings,
    progress: Progress,
) -> None:
    history.load_sessions(scratch, install, members=options.members, parameters=parameters)
    windows = cases.windows(scratch, test_share=options.test_share, refit_days=options.refit_days)
    windows = windows[-options.most_windows :]
    if not windows:
        return
    asked = cases.cases(scratch, since=windows[0].start)
    ours = ServedStrategy(parameters)
    contenders: list[Contender] = [
        ours,
        LiveStrategy(parameters),
        UnlimitedRanking(ours),
        Baseline(both_ways=True),
        Baseline(both_ways=False),
        MostPlayed(),
        SessionNeighbors(),
        SequenceAwareNeighbors(),
    ]
    contenders += implicit_baseline.contenders(trained=options.trained)
    for window in windows:
        progress(f"{install[0]}{' and others' if install[1:] else ''} {window.start:%Y-%m-%d}")
        history.cut_at(scratch, window.start)
        sql_models.build(scratch, as_of=window.start, parameters=parameters)
        gold_schema.publish(scratch)
        mine = [case for case in asked if window.start <= case.played_at < window.end]
        _next(scratch, window, sample_cases(mine, options.most_cases), contenders, found)
        _lists(scratch, window, parameters, found)


def sample_cases(asked: Sequence[Case], most: int) -> Sequence[Case]:
    """Return at most that many, evenly spread."""
    if not most or len(asked) <= most:
        return asked
    return [asked[place * len(asked) // most] for place in range(most)]


def _next(
    scratch: Scratch,
    window: Window,
    asked: Sequence[Case],
    contenders: Sequence[Contender],
    found: Findings,
) -> None:
    found.known |= {str(row[0]) for row in scratch.tuples("select track_id from silver_tracks")}
    found.cases += len(asked)
    if not asked:
        return
    for contender in contenders:
        contender.fit(scratch, window.start)
        for case, answer in zip(asked, contender.answer(asked), strict=True):
            rank = metrics.rank_of(case.target, answer)
            found.ranks[contender.name][case.user_id].append(rank)
            found.next_ten[contender.name][case.user_id].append(metrics.of_next_ten(answer, case))
            found.empty[contender.name] += not answer
            found.named[contender.name].update(answer)


def _lists(scratch: Scratch, window: Window, parameters: Parameters, found: Findings) -> None:
    new = {
        "discover, as served": list_metrics.served_lists(
            scratch, ["new", "household", "second_chance"], parameters, now=window.start
        ),
        **list_metrics.answers(scratch, list_metrics.NEW, parameters),
    }
    _measure(new, list_metrics.newly_played(scratch, window), found.new)
    old = {
        "rediscovery, as served": list_metrics.served_lists(
            scratch, ["rediscovery"], parameters, now=window.start
        ),
        "most played, idle, as served": list_metrics.served_most_played(scratch, parameters),
        **list_metrics.answers(scratch, list_metrics.OLD, parameters),
    }
    _measure(old, list_metrics.rediscoveries(scratch, window, parameters), found.old)


def _measure(
    answers: dict[str, list_metrics.Lists],
    wanted: dict[str, set[str]],
    measured: dict[str, dict[str, list[dict[str, float]]]],
) -> None:
    for name, by_listener in answers.items():
        for user_id, tracks in wanted.items():
            listed = metrics.of_list(by_listener.get(user_id, []), tracks)
            measured[name][user_id].append(listed)


def figures(found: Findings, options: EvaluationOptions) -> dict[str, Any]:
    """Return per question and contender the mean over listeners, and each listener's own."""
    by_next = {
        name: {
            user_id: metrics.of_ranks(ranks) | metrics.mean(found.next_ten[name][user_id])
            for user_id, ranks in listeners.items()
        }
        for name, listeners in found.ranks.items()
    }
    rows = {name: _row(listeners) for name, listeners in by_next.items()}
    for name, row in rows.items():
        if len(by_next[name]) == 1:
            row["intervals"] = _case_intervals(found, name)
        row["empty"] = found.empty[name] / (found.cases or 1)
        row["coverage"] = len(found.named[name]) / (len(found.known) or 1)
    return {
        "cases": found.cases,
        "listeners": len({user for listeners in by_next.values() for user in listeners}),
        "refit_days": options.refit_days,
        "test_share": options.test_share,
        "together": options.together,
        "implicit": implicit_baseline.is_installed(),
        "next": rows,
        "new": _question(found.new),
        "rediscovery": _question(found.old),
    }


def _case_intervals(found: Findings, name: str) -> dict[str, tuple[float, float] | None]:
    """Return how sure the figures of one listener are, by their cases."""
    [ranks], [next_ten] = found.ranks[name].values(), found.next_ten[name].values()
    each = [metrics.of_ranks([rank]) | ten for rank, ten in zip(ranks, next_ten, strict=True)]
    return {key: metrics.interval([case[key] for case in each]) for key in each[0]} if each else {}


def _question(asked: dict[str, dict[str, list[dict[str, float]]]]) -> dict[str, Any]:
    return {
        name: _row({user_id: metrics.mean(each) for user_id, each in listeners.items()})
        for name, listeners in asked.items()
    }


def _row(listeners: dict[str, dict[str, float]]) -> dict[str, Any]:
    means = metrics.mean(list(listeners.values()))
    intervals = {
        name: metrics.interval([each[name] for each in listeners.values()]) for name in means
    }
    return {**means, "intervals": intervals, "listeners": listeners}
