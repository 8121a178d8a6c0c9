"""Forms name what is missing, and erase nothing by accident."""

import pytest

from spotifyweb.accounts.forms import ApiTokenForm, RegionForm, first_error
from spotifyweb.privacy.forms import NO_PERIOD, UNKNOWN_KIND, DisconnectForm, ErasureForm


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, UNKNOWN_KIND),
        ({"what": "everything"}, UNKNOWN_KIND),
        ({"what": "period"}, NO_PERIOD),
        ({"what": "period", "first": "2026-05-01"}, NO_PERIOD),
        ({"what": "period", "first": "2026-05-01", "last": "2026-13-45"}, NO_PERIOD),
    ],
)
def test_an_erasure_names_a_play_a_whole_period_or_a_source(
    data: dict[str, str], error: str
) -> None:
    assert first_error(ErasureForm(data)) == error


@pytest.mark.parametrize("sure", ["", "no", "true", "on"])
def test_everything_is_erased_only_with_the_form_s_own_yes(sure: str) -> None:
    assert not DisconnectForm({"choice": "everything", "sure": sure}).is_valid()
    assert DisconnectForm({"choice": "everything", "sure": "yes"}).is_valid()
    assert DisconnectForm({"choice": "keep"}).is_valid()


def test_a_token_drops_unknown_scopes_and_cuts_long_names() -> None:
    form = ApiTokenForm({"name": "x" * 100, "scopes": ["drop:tables", "read:stats"]})
    assert form.is_valid()
    assert form.cleaned_data == {"name": "x" * 60, "scopes": ["read:stats"]}
    assert not ApiTokenForm({"name": "x", "scopes": ["drop:tables"]}).is_valid()


def test_a_zone_is_one_that_python_knows() -> None:
    assert RegionForm({"timezone": "Asia/Tokyo"}).is_valid()
    assert first_error(RegionForm({"timezone": "Mars"})) == (
        "“Mars” is not a time zone. Choose one from the list, such as Europe/Berlin."
    )
