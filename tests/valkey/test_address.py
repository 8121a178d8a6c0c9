"""Addresses of Sentinels, as each library wants them."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from spotifyweb import env
from spotifyweb.monitoring import probes
from spotifyweb.valkey import address
from spotifyweb.valkey.address import AddressInvalid, Broker, Sentinels

URL = "redis+sentinel://user:p%40s%2Fs@one:26380,two/mymaster/3?sentinel_password=watch"


def test_an_address_names_sentinels_master_database_and_both_passwords() -> None:
    found = Sentinels.of(URL)
    assert found
    assert (found.hosts, found.master) == ([("one", 26380), ("two", 26379)], "mymaster")
    assert found.master_options == {"username": "user", "password": "p@s/s", "db": 3}
    assert found.sentinel_options["password"] == "watch"
    assert "ssl" not in found.sentinel_options


def test_celery_reads_each_sentinel_as_an_address_of_the_broker() -> None:
    broker = Broker.of(URL)
    login = "user:p%40s%2Fs"
    assert broker.url == f"sentinel://{login}@one:26380/3;sentinel://{login}@two:26379/3"
    assert broker.transport_options["master_name"] == "mymaster"
    assert broker.transport_options["sentinel_kwargs"]["password"] == "watch"
    assert not broker.use_ssl
    assert Broker.of("redis://cache/0") == Broker(
        url="redis://cache/0", transport_options={}, use_ssl=False
    )


def test_channels_read_them_by_name() -> None:
    host = address.channel_host(URL)
    assert isinstance(host, dict)
    assert (host["master_name"], host["sentinels"][1]) == ("mymaster", ("two", 26379))
    assert (host["password"], host["db"]) == ("p@s/s", 3)
    assert address.channel_host("redis://cache/0") == "redis://cache/0"


def test_tls_is_for_servers_and_sentinels_with_the_same_authority() -> None:
    url = URL.replace("redis+", "rediss+") + "&ssl_ca_certs=/etc/liner/ca.pem"
    found, broker = Sentinels.of(url), Broker.of(url)
    assert found
    tls = {"ssl_cert_reqs": "required", "ssl_ca_certs": "/etc/liner/ca.pem"}
    assert found.master_options["ssl"] and found.sentinel_options["ssl"]
    assert tls.items() <= found.master_options.items()
    assert tls.items() <= found.sentinel_options.items()
    assert broker.use_ssl == tls and "ssl" not in broker.transport_options


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://one:26379",
        "redis+sentinel://one:26379/",
        "redis+sentinel://one:port/mymaster",
        "redis+sentinel://one,,two/mymaster",
        "redis+sentinel://:secret@/mymaster",
        "redis+sentinel://one/mymaster/zero",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_with_a_valid_form(url: str) -> None:
    with pytest.raises(AddressInvalid, match="mymaster/0"):
        Sentinels.of(url)
    with pytest.raises(ImproperlyConfigured, match=r"REDIS_URL=.*write it as") as caught:
        env.verify_sentinels("REDIS_URL", url)
    assert "secret" not in str(caught.value)


def test_no_password_is_shown() -> None:
    shown = probes.address_without_credentials(URL)
    assert shown == "redis+sentinel://one:26380,two/mymaster/3?sentinel_password=…"
