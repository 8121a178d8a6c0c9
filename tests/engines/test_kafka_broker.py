"""The broker of the tests itself."""

import base64

from bench.harness import kafka


def test_no_cluster_id_is_taken_for_an_option() -> None:
    ids = {kafka.cluster_id() for _ in range(5_000)}
    assert len(ids) == 5_000
    assert not [each for each in ids if each.startswith("-")]
    assert {len(base64.urlsafe_b64decode(each + "==")) for each in ids} == {16}
