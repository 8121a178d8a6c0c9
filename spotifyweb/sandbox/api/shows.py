"""The podcast group of the API: shows, episodes, audiobooks, chapters."""

from collections.abc import Callable
from html import escape

from starlette.responses import Response

from spotifyweb.sandbox import responses
from spotifyweb.sandbox.api.base import ApiCall
from spotifyweb.sandbox.api.serializers import MARKETS, Json, Serializer
from spotifyweb.sandbox.catalogue import podcasts
from spotifyweb.sandbox.catalogue.podcasts import Episode, Show

Link = Callable[[Serializer, Episode], Json]


def show(call: ApiCall) -> Response:
    """Return a show with its episodes; an audiobook too, as the player calls it a show."""
    found = call.item(podcasts.shows().get)
    page = _first_page(call, found, "shows", "episodes", episode_link)
    return responses.as_json({**show_link(call.serializer, found), "episodes": page})


def show_episodes(call: ApiCall) -> Response:
    return _page(call, call.item(podcasts.shows().get), episode_link)


def episode(call: ApiCall) -> Response:
    return responses.as_json(full_episode(call.serializer, call.item(podcasts.episodes().get)))


def audiobook(call: ApiCall) -> Response:
    found = call.item(_book)
    page = _first_page(call, found, "audiobooks", "chapters", chapter_link)
    return responses.as_json({**audiobook_link(call.serializer, found), "chapters": page})


def audiobook_chapters(call: ApiCall) -> Response:
    return _page(call, call.item(_book), chapter_link)


def chapter(call: ApiCall) -> Response:
    found = call.item(_chapter)
    book = audiobook_link(call.serializer, found.show)
    return responses.as_json({**chapter_link(call.serializer, found), "audiobook": book})


def full_episode(serializer: Serializer, episode: Episode) -> Json:
    """Serialize an episode, or a chapter as the player has it: an episode of the year 0000."""
    return {**episode_link(serializer, episode), "show": show_link(serializer, episode.show)}


def episode_link(serializer: Serializer, episode: Episode) -> Json:
    return {
        **serializer.links("episode", episode.episode_id),
        **_episode_fields(serializer, episode),
        "is_externally_hosted": False,
        "language": "en",
    }


def chapter_link(serializer: Serializer, episode: Episode) -> Json:
    links = serializer.links("episode", episode.episode_id)
    return {
        **links,
        "href": links["href"].replace("/episodes/", "/chapters/"),
        **_episode_fields(serializer, episode),
        "chapter_number": episode.number - 1,
        **serializer.old(available_markets=MARKETS),
    }


def show_link(serializer: Serializer, show: Show) -> Json:
    return {
        **serializer.links("show", show.show_id),
        **_show_fields(serializer, show),
        "is_externally_hosted": False,
        "total_episodes": len(show.episodes),
    }


def audiobook_link(serializer: Serializer, show: Show) -> Json:
    links = serializer.links("audiobook", show.show_id)
    return {
        **links,
        "external_urls": {"spotify": f"https://open.spotify.com/show/{show.show_id}"},
        "uri": f"spotify:show:{show.show_id}",
        **_show_fields(serializer, show),
        "authors": [{"name": show.publisher}],
        "edition": "Unabridged",
        "narrators": [{"name": "Odette Castellan"}],
        "total_chapters": len(show.episodes),
    }


def _episode_fields(serializer: Serializer, episode: Episode) -> Json:
    """Serialize what episodes and chapters have in common."""
    day = {"release_date": episode.released.isoformat(), "release_date_precision": "day"}
    unknown = {"release_date": "0000", "release_date_precision": "year"}
    point = {"resume_point": {"fully_played": False, "resume_position_ms": 0}}
    return {
        "audio_preview_url": None,
        **_description_fields(f"An invented part of {episode.show.name}."),
        "duration_ms": episode.duration_ms,
        "explicit": False,
        "images": serializer.images("show", episode.show.show_id),
        "is_playable": True,
        "languages": ["en"],
        "name": episode.name,
        **(unknown if episode.show.is_book else day),
        **(point if serializer.position else {}),
    }


def _show_fields(serializer: Serializer, show: Show) -> Json:
    """Serialize what shows and audiobooks have in common."""
    return {
        "copyrights": [],
        **_description_fields(f"Invented, like all of {show.publisher}."),
        "explicit": False,
        "images": serializer.images("show", show.show_id),
        "languages": ["en"],
        "media_type": "audio",
        "name": show.name,
        **serializer.old(publisher=show.publisher, available_markets=MARKETS),
    }


def _description_fields(text: str) -> Json:
    return {"description": text, "html_description": f"<p>{escape(text)}</p>"}


def _book(item_id: str) -> Show | None:
    found = podcasts.shows().get(item_id)
    return found if found and found.is_book else None


def _chapter(item_id: str) -> Episode | None:
    found = podcasts.episodes().get(item_id)
    return found if found and found.show.is_book else None


def _page(call: ApiCall, found: Show, link: Link) -> Response:
    limit, offset = call.paging(default=20, most=50)
    items = [link(call.serializer, episode) for episode in found.episodes[offset : offset + limit]]
    return responses.as_json(
        call.page(items, total=len(found.episodes), limit=limit, offset=offset)
    )


def _first_page(call: ApiCall, found: Show, kind: str, parts: str, link: Link) -> Json:
    return {
        "href": f"{call.request.base}/v1/{kind}/{found.show_id}/{parts}?offset=0&limit=50",
        "items": [link(call.serializer, episode) for episode in found.episodes],
        "limit": 50,
        "next": None,
        "offset": 0,
        "previous": None,
        "total": len(found.episodes),
    }
