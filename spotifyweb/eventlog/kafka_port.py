"""What answers at a broker's port: librdkafka tells neither that nor what is wrong with TLS."""

import socket
import ssl
from collections.abc import Mapping
from pathlib import Path

SECONDS = 3.0


def describe(address: str, properties: Mapping[str, str]) -> str:
    """Return what answers at host:port, in words; "" where nothing does.

    It connects and closes, sends no credentials, and checks certificates as librdkafka does.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    try:
        with socket.create_connection((host, int(port)), timeout=SECONDS) as plain:
            return _tls(plain, host, properties)
    except (OSError, ValueError):
        return ""


def _tls(plain: socket.socket, host: str, properties: Mapping[str, str]) -> str:
    is_tls_expected = properties.get("security.protocol", "").upper().endswith("SSL")
    try:
        with _context(properties).wrap_socket(plain, server_hostname=host):
            return "it closes the connection" if is_tls_expected else "it speaks TLS"
    except ssl.SSLCertVerificationError as error:
        return str(error.verify_message) if is_tls_expected else "it speaks TLS"
    except TimeoutError:
        return ""
    except OSError:
        return "it speaks no TLS" if is_tls_expected else "it closes the connection"


def _context(properties: Mapping[str, str]) -> ssl.SSLContext:
    """Return what librdkafka verifies with: the authority of the settings, or the system's."""
    location = properties.get("ssl.ca.location") or None
    is_folder = location is not None and Path(location).is_dir()
    return ssl.create_default_context(
        cafile=None if is_folder else location,
        capath=location if is_folder else None,
        cadata=properties.get("ssl.ca.pem") or None,
    )
