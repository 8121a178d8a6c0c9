"""`/api/v1/stats/…`: the smaller pages' numbers."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from spotifyweb.dashboards import coverage, house, reasons, searching, year
from spotifyweb.dashboards.api import answers
from spotifyweb.dashboards.api.base import StatsView, described
from spotifyweb.dashboards.asking import Asked

ASPECT = OpenApiParameter("aspect", str, OpenApiParameter.PATH, enum=list(reasons.ASPECTS))


class YearView(StatsView):
    answer_class = answers.Year

    @described(answers.Year, "A year in review")
    def get(self, request: Request, number: int) -> Response:
        return self.respond(request, number=str(number))

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        number = int(kwargs["number"])
        if not asked.scope.first.year <= number <= asked.scope.last.year:
            raise exceptions.NotFound("You heard nothing in that year.")
        return year.review(asked.view, number)


class ReasonsView(StatsView):
    answer_class = answers.Told

    @described(answers.Told, "Plays by device, platform or reason", ASPECT)
    def get(self, request: Request, aspect: str) -> Response:
        if aspect not in reasons.ASPECTS:
            raise exceptions.NotFound(f"There are {', '.join(reasons.ASPECTS)}.")
        return self.respond(request, aspect=aspect)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        return {"rows": reasons.told(asked.view)[kwargs["aspect"]]}


class SearchView(StatsView):
    answer_class = answers.Found

    @described(answers.Found, "Search", OpenApiParameter("q", str, required=True))
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        words = request.query_params.get("q", "")[:100].strip()
        if not words:
            return searching.Found(tracks=[], artists=[], albums=[], plays=[])
        return searching.search(asked.view.warehouse, asked.view.user_id, words)


class HouseView(StatsView):
    answer_class = answers.House

    @described(answers.House, "Leaderboard and blend of those who agreed")
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        mates = sorted(house.members())
        if asked.listener.user_id not in mates:
            raise exceptions.NotFound("You have not joined the house.")
        board = house.leaderboard(asked.view, mates)
        return {"leaderboard": board, "blend": house.blend(asked.view, mates)}


class CoverageView(StatsView):
    answer_class = answers.Coverage

    @described(answers.Coverage, "Periods in which plays may be missing")
    def get(self, request: Request) -> Response:
        return self.respond(request)

    def answer(self, asked: Asked, request: Request, **kwargs: str) -> Any:  # noqa: ARG002
        return {"gaps": coverage.gaps(asked.listener)}
