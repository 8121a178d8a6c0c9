"""`/api/v1/stats/…`: the smaller pages' numbers."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from spotifyweb.dashboards import pending_erasure
from spotifyweb.dashboards.api import more_answers as answers
from spotifyweb.dashboards.api.base import STEP, StatsView, described
from spotifyweb.dashboards.coverage import gaps
from spotifyweb.dashboards.exclusions.counts import count_excluded
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.models import Rule, Share
from spotifyweb.dashboards.request import Asked
from spotifyweb.dashboards.stats import breakdowns, comparison, podcasts, search, year
from spotifyweb.dashboards.views.trends import cut

ASPECT = OpenApiParameter("aspect", str, OpenApiParameter.PATH, enum=list(breakdowns.ASPECTS))
SIDES = [
    OpenApiParameter("a_from", OpenApiTypes.DATE),
    OpenApiParameter("a_to", OpenApiTypes.DATE),
    OpenApiParameter("b_from", OpenApiTypes.DATE),
    OpenApiParameter("b_to", OpenApiTypes.DATE),
    OpenApiParameter("with", str, description="the handle of somebody of the house"),
]


class YearView(StatsView):
    answer_class = answers.Year

    @described(answers.Year, "A year in review")
    def get(self, request: Request, number: int) -> Response:
        return self.respond(request, number=str(number))

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        number = int(kwargs["number"])
        if not asked.scope.first.year <= number <= asked.scope.last.year:
            raise exceptions.NotFound("You heard nothing in that year.")
        return year.review(asked.view, number, today=asked.today)


class ReasonsView(StatsView):
    answer_class = answers.Told

    @described(answers.Told, "Plays by device, platform or reason", ASPECT)
    def get(self, request: Request, aspect: str) -> Response:
        if aspect not in breakdowns.ASPECTS:
            raise exceptions.NotFound(f"There are {', '.join(breakdowns.ASPECTS)}.")
        return self.respond(request, aspect=aspect)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        return {"rows": breakdowns.told(asked.view)[kwargs["aspect"]]}


class SearchView(StatsView):
    answer_class = answers.Found

    @described(answers.Found, "Search", OpenApiParameter("q", str, required=True))
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        words = request.query_params.get("q", "")[:100].strip()
        if not words:
            return search.Found(tracks=[], artists=[], albums=[], plays=[])
        found = search.search(asked.view, words)
        return pending_erasure.found(asked.listener, found)


class HouseView(StatsView):
    answer_class = answers.House

    @described(answers.House, "Leaderboard and blend of those who agreed")
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        seen = members.seen_by(asked.view)
        if asked.listener.user_id not in seen.mates:
            raise exceptions.NotFound("You have not joined the house.")
        return {"leaderboard": seen.leaderboard(), "blend": seen.blend()}


class CompareView(StatsView):
    answer_class = answers.Compared

    @described(answers.Compared, "Two periods, or one period of two who agreed to it", *SIDES)
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        try:
            sides = comparison.compared(asked, request.query_params)
        except comparison.NotAMate:
            raise exceptions.NotFound("Not both of you are in the house.") from None
        mates = comparison.mates_of(asked.listener)
        named = [{"handle": one, "name": members.name_of(mate)} for one, mate in mates.items()]
        return {"sides": sides, "common": comparison.common(sides), "mates": named}


class PodcastsView(StatsView):
    answer_class = answers.Podcasts

    @described(answers.Podcasts, "Podcasts and audiobooks", STEP)
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        return podcasts.heard(asked.view, cut(request.query_params, asked))


class CoverageView(StatsView):
    answer_class = answers.Coverage

    @described(answers.Coverage, "Periods in which plays may be missing")
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        states = {str(state): 0 for state in gaps.State}
        return (
            states
            | gaps.counts(asked.listener)
            | {
                "gaps": gaps.gaps(asked.listener),
                "sources": gaps.sources(asked.listener, asked.view.warehouse),
            }
        )


class RulesView(StatsView):
    answer_class = answers.Rules

    @described(answers.Rules, "Your rules, and how many plays each leaves out")
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        rules = list(Rule.objects.filter(listener=asked.listener))
        counts = count_excluded(asked.view.warehouse, asked.view.user_id, rules)
        return {
            "rules": [
                {"kind": rule.kind, "value": rule.value, "is_on": rule.is_on, "plays": plays}
                for rule, plays in zip(rules, counts, strict=True)
            ]
        }


class LinksView(StatsView):
    answer_class = answers.Links

    @described(answers.Links, "Your links and their views; not the links themselves")
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        return {"links": Share.objects.filter(listener=asked.listener)}


class ScopeView(StatsView):
    answer_class = answers.Scope

    @described(answers.Scope, "What the filters can choose from")
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        return asked.scope
