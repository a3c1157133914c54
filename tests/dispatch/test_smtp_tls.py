"""The gateway against a server with TLS and log-in, whose certificate is made for the test."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cxportal.dispatch.gateways import smtp
from cxportal.dispatch.gateways.smtp import SmtpGateway
from cxportal.dispatch.models import GatewayState, Message
from cxportal.dispatch.sending import send_due
from tests.dispatch.own_services import free_port
from tests.factories import MessageFactory

pytestmark = pytest.mark.django_db


class Mailbox:
    def __init__(self):
        self.taken = []

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((envelope.rcpt_tos, session.ssl is not None, session.authenticated))
        return "250 taken"


@pytest.fixture
def certificate(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, secret = tmp_path / "certificate.pem", tmp_path / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return pem, secret


@pytest.fixture
def server(certificate):
    """A mail server that takes nothing without TLS and the log-in `cx` with `secret`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    mailbox = Mailbox()

    def log_in(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"cx", b"secret"))

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=log_in,
        auth_required=True,
    )
    controller.start()
    mailbox.port = controller.port
    yield mailbox
    controller.stop()


@pytest.fixture
def trusted(certificate, monkeypatch):
    context = ssl.create_default_context(cafile=certificate[0])
    monkeypatch.setattr(smtp, "_trusted", lambda: context)


def send(url):
    MessageFactory(address="aino@example.org")
    gateway = SmtpGateway(url=url, connections=1)
    turns = iter([False, False])
    send_due(gateway=gateway, stop_when=lambda: next(turns, True))
    gateway.close()
    return Message.objects.get()


def test_mail_goes_out_encrypted_and_logged_in(server, trusted):
    message = send(f"smtp+tls://cx:secret@127.0.0.1:{server.port}")
    assert server.taken == [(["aino@example.org"], True, True)]
    assert message.state == "accepted"


def test_server_with_an_unknown_certificate_gets_nothing(server):
    message = send(f"smtp+tls://cx:secret@127.0.0.1:{server.port}")
    assert (server.taken, message.state, message.tries) == ([], "queued", 0)
    assert "certificate" in GatewayState.objects.get().last_error


def test_refused_log_in_costs_no_message_a_try(server, trusted):
    message = send(f"smtp+tls://cx:wrong@127.0.0.1:{server.port}")
    assert (server.taken, message.state, message.tries) == ([], "queued", 0)
    assert GatewayState.objects.get().failures >= 1


def test_server_that_wants_a_log_in_and_gets_none_refuses_no_recipient_for_good(server, trusted):
    message = send(f"smtp+tls://127.0.0.1:{server.port}")
    assert (server.taken, message.state) == ([], "queued")
