"""What to do about an error of Redis or of the database, by the words of redis-py and libpq."""

import re

import redis
from django.db import Error as DatabaseError

REDIS = {  # the first that is found counts
    r"No master found.*Authentication": "write the Sentinels' own password in REDIS_URL:"
    " ?sentinel_password=…, and sentinel_username where they have users",
    r"No master found": "correct the hosts of the Sentinels, their ports and the name of the master"
    " in REDIS_URL: redis+sentinel://host:26379,host:26379/mymaster/0",
    r"WRONGPASS|NOAUTH|invalid (username|password)|Authentication required": "correct user and"
    " password in REDIS_URL: rediss://user:password@host:6380/0",
    r"certificate verify failed": "set REDIS_CA_FILE to the certificate of the server's authority,"
    " and write the name that stands in its certificate in REDIS_URL",
    r"WRONG_VERSION_NUMBER|wrong version number|record layer failure": "the port speaks no TLS:"
    " write redis:// in REDIS_URL, or the port with TLS",
    r"Connection closed by server|Connection reset": "the port may expect TLS: write rediss:// in"
    " REDIS_URL",
    r"Name or service not known|Temporary failure in name resolution|nodename nor": "correct the"
    " host in REDIS_URL",
    r"[Tt]imed? ?out|Timeout": "correct host and port in REDIS_URL; rediss:// needs a port with"
    " TLS, redis:// one without",
    r"refused": "correct host and port in REDIS_URL, and look whether the server runs",
    r"is a Sentinel": "let REDIS_URL begin with redis+sentinel://, and name the master:"
    " redis+sentinel://host:26379/mymaster/0",
    r"cluster": "name a Redis or Valkey without Cluster in REDIS_URL: queues and locks need all"
    " keys on one server",
}
DATABASE = {
    r"password authentication failed|no password supplied": "correct user and password in"
    " DATABASE_URL",
    r'role "[^"]*" does not exist': "correct the user in DATABASE_URL, or create that role",
    r'database "[^"]*" does not exist': "correct the name in DATABASE_URL, or create that database",
    r"certificate verify failed": "set sslrootcert in DATABASE_URL to the certificate of the"
    " server's authority: ?sslmode=verify-full&sslrootcert=/etc/liner/ca.pem",
    r"does not match host name": "write the name that stands in the server's certificate in"
    " DATABASE_URL",
    r"root certificate file": "correct sslrootcert in DATABASE_URL: the path of a PEM file",
    r"does not support SSL": "let the server speak TLS, or remove sslmode from DATABASE_URL",
    r"no encryption|SSL (off|required)": "add ?sslmode=verify-full to DATABASE_URL",
    r"could not translate host name|failed to resolve host|[Nn]ame or service not known": "correct"
    " the host in DATABASE_URL",
    r"refused|timeout expired|timed out": "correct host and port in DATABASE_URL, and look whether"
    " the database runs",
}


def hint(error: Exception) -> str:
    """Return what to do about the error, naming the setting; "" where that is not known."""
    known = (
        REDIS
        if isinstance(error, redis.RedisError)
        else DATABASE
        if isinstance(error, DatabaseError)
        else {}
    )
    return next((hint for words, hint in known.items() if re.search(words, str(error))), "")
