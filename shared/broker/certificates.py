"""A certificate authority of the home's own, and the broker's certificate: for TLS without anybody from outside.

The authority's key never leaves the folder; its certificate, `ca.crt`, is what Home Assistant and other clients get.
Loads `cryptography`, so only what needs TLS imports this.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from shared.broker.credentials import write_private
from shared.errors import BrokerError

_AUTHORITY_LIFE = timedelta(days=3652)
_SERVER_LIFE = timedelta(days=825)
"""The longest that Apple's systems accept."""
_RENEWED_BEFORE = timedelta(days=30)
_CLOCKS_DIFFER = timedelta(days=1)
_WILDCARDS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - names, and nothing is bound here
_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses for documentation (RFC 5737, RFC 3849): routed like any other, and nobody's."""


@dataclass(frozen=True)
class CertificateFiles:
    """Where the certificates of one broker lie; both keys have mode 600."""

    folder: Path

    @property
    def authority(self) -> Path:
        """What clients must trust. No secret."""
        return self.folder / "ca.crt"

    @property
    def authority_key(self) -> Path:
        """What signs the broker's certificates."""
        return self.folder / "ca.key"

    @property
    def server(self) -> Path:
        """The broker's certificate."""
        return self.folder / "server.crt"

    @property
    def server_key(self) -> Path:
        """The broker's key."""
        return self.folder / "server.key"


def ensure_certificates(folder: Path, names: Iterable[str], now: datetime | None = None) -> CertificateFiles:
    """Certificates for a broker of these addresses and host names.

    The authority (P-256, ten years) is kept; the broker's certificate is renewed where a name is missing or its end is
    30 days away. Raises BrokerError where the folder holds something else.
    """
    at, files = now or datetime.now(UTC), CertificateFiles(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        authority = _authority(files, at)
        wanted = {_general_name(name) for name in names}
        if not _serves(files, authority.certificate, wanted, at):
            _issue(files, authority, wanted, at)
    except OSError as error:
        raise BrokerError(f"{folder} can't be used for certificates: {error.strerror}") from None
    return files


def names_of(host: str) -> list[str]:
    """What clients call a broker that listens on this address: addresses and host names, the likeliest first."""
    own = socket.gethostname().partition(".")[0].lower()
    hosts = _own_addresses() if host in _WILDCARDS else [host]
    hosts += [own, f"{own}.local", "localhost", "127.0.0.1", "::1"]
    return [name for name in dict.fromkeys(hosts) if _is_name(name)]


def _own_addresses() -> list[str]:
    """The addresses by which this machine reaches others. Nothing is sent: such a socket only asks for the route."""
    found = []
    for family, elsewhere in _ELSEWHERE.items():
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((elsewhere, 9))
            except OSError:
                continue
            found.append(str(probe.getsockname()[0]))
    return found


def _is_name(name: str) -> bool:
    try:
        _general_name(name)
    except ValueError:
        return False
    return True


def _general_name(name: str) -> x509.GeneralName:
    """Raises ValueError for what is neither an address nor a host name in ASCII."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name.partition("%")[0]))
    except ValueError:
        return x509.DNSName(name)


@dataclass(frozen=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def _authority(files: CertificateFiles, at: datetime) -> _Authority:
    """The authority that is there, or a new one where there is none or its time is over."""
    if files.authority.exists() or files.authority_key.exists():
        kept = _kept(files)
        if kept.certificate.not_valid_after_utc - at > _RENEWED_BEFORE:
            return kept
    return _new_authority(files, at)


def _kept(files: CertificateFiles) -> _Authority:
    with contextlib.suppress(OSError, ValueError, TypeError):
        certificate = x509.load_pem_x509_certificate(files.authority.read_bytes())
        key = serialization.load_pem_private_key(files.authority_key.read_bytes(), None)
        if isinstance(key, ec.EllipticCurvePrivateKey) and key.public_key() == certificate.public_key():
            return _Authority(certificate, key)
    raise BrokerError(
        f"{files.authority} and {files.authority_key.name} are no pair: restore them, or remove both to get new ones, "
        "which every client must then be given"
    )


def _new_authority(files: CertificateFiles, at: datetime) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"HomeIQ {serial % 2**32:08x}")])
    certificate = (
        _draft(key, name, name, at, at + _AUTHORITY_LIFE)
        .serial_number(serial)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_private(files.authority_key, _pem(key))
    write_private(files.authority, _text(certificate))
    files.authority.chmod(0o644)
    return _Authority(certificate, key)


def _serves(files: CertificateFiles, authority: x509.Certificate, wanted: set[x509.GeneralName], at: datetime) -> bool:
    """Whether the broker's certificate is one of this authority, for these names, for long enough."""
    try:
        certificate = x509.load_pem_x509_certificate(files.server.read_bytes())
        key = serialization.load_pem_private_key(files.server_key.read_bytes(), None)
        certificate.verify_directly_issued_by(authority)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    lasts = certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc - _RENEWED_BEFORE
    return lasts and wanted <= set(names) and key.public_key() == certificate.public_key()


def _issue(files: CertificateFiles, authority: _Authority, names: set[x509.GeneralName], at: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    end = min(at + _SERVER_LIFE, authority.certificate.not_valid_after_utc)
    issuer = authority.certificate.subject
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "HomeIQ broker")])
    certificate = (
        _draft(key, subject, issuer, at, end)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectAlternativeName(sorted(names, key=str)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    write_private(files.server_key, _pem(key))
    write_private(files.server, _text(certificate))


def _draft(
    key: ec.EllipticCurvePrivateKey, subject: x509.Name, issuer: x509.Name, at: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .not_valid_before(at - _CLOCKS_DIFFER)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
