"""Certificates for one test session: an authority, and what it signs for 127.0.0.1."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass
class Authority:
    """A certificate authority whose files lie in one folder."""

    folder: Path
    name: str

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.key = generate_private_key(SECP256R1())
        basic = x509.BasicConstraints(ca=True, path_length=None)
        usage = _usage(signs=True)
        builder = _builder(self.name, self.name, self.key, until=datetime.now(UTC) + DAY)
        builder = builder.add_extension(basic, critical=True).add_extension(usage, critical=True)
        builder = builder.add_extension(self._identifier(), critical=False)
        self.certificate = builder.sign(self.key, SHA256())
        self.file.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.pem"

    def sign(self, name: str, *, until: datetime | None = None, host: str = "127.0.0.1") -> Path:
        """Return a file with a key for the host, and its certificate."""
        key = generate_private_key(SECP256R1())
        builder = _builder(name, self.name, key, until=until or datetime.now(UTC) + DAY)
        names = x509.SubjectAlternativeName([_general_name(host)])
        builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(_usage(signs=False), critical=True)
        builder = builder.add_extension(self._issuer(), critical=False)
        certificate = builder.sign(self.key, SHA256())
        path = self.folder / f"{name}.pem"
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(pem + certificate.public_bytes(Encoding.PEM))
        return path

    def _identifier(self) -> x509.SubjectKeyIdentifier:
        return x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())

    def _issuer(self) -> x509.AuthorityKeyIdentifier:
        """Return what RFC 5280 demands of every certificate, and Python from 3.13 on too."""
        return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(self._identifier())


def _builder(
    subject: str, issuer: str, key: EllipticCurvePrivateKey, *, until: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=_name(subject),
        issuer_name=_name(issuer),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=until - 3 * DAY,
        not_valid_after=until,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
