"""The Discover page without its script: each form leads back to where one was."""

from pathlib import Path

from spotifyweb.accounts.models import Listener
from tests.recommendations.test_page import PAGE, ids_of, logged_in, sections_of, text_of


def test_without_a_script_each_card_is_where_its_buttons_lead_back_to(
    warehouse: Path, alice: Listener
) -> None:
    client = logged_in(alice)
    text, track = text_of(client), ids_of(sections_of(client)["rediscovery"])[0]
    assert f'id="track-{track}"' in text
    assert f'name="next" value="{PAGE}#track-{track}"' in text
    assert f'value="{PAGE}#rediscovery"' in text
    back = client.post(
        f"{PAGE}{track}/feedback/", {"verdict": "up", "next": f"{PAGE}#track-{track}"}
    )
    assert back["Location"] == f"{PAGE}#track-{track}"


def test_without_a_script_a_hidden_card_leads_back_to_the_one_before(
    warehouse: Path, alice: Listener
) -> None:
    client = logged_in(alice)
    first, second = ids_of(sections_of(client)["new"])[:2]
    text = text_of(client)
    for track, place in ((first, "#new"), (second, f"#track-{first}")):
        form = text.split(f'action="{PAGE}{track}/feedback/"')[1].split("</form>")[0]
        assert f'name="next_if_hidden" value="{PAGE}{place}"' in form
    places = {"next": f"{PAGE}#track-{second}", "next_if_hidden": f"{PAGE}#track-{first}"}
    for kind, place in (("up", second), ("hide", first)):
        back = client.post(f"{PAGE}{second}/feedback/", {"verdict": kind, **places})
        assert back["Location"] == f"{PAGE}#track-{place}"
    assert f'id="track-{first}"' in text_of(client)
