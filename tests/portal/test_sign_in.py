import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings as configured
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from cxportal.dispatch.models import Message
from cxportal.portal.sign_in import SecondFactorAdapter, network_of
from tests.conftest import client_of
from tests.factories import UserFactory

PASSWORD = "correct horse battery"


def log_in(client: Client, username: str, password: str = PASSWORD, **extra):
    return client.post(reverse("account_login"), {"login": username, "password": password}, **extra)


def code_of(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, int(timezone.now().timestamp()) // 30))


def give_second_factor(user) -> str:
    secret = "JBSWY3DPEHPK3PXP"
    Authenticator.objects.create(
        user=user, type="totp", data={"secret": SecondFactorAdapter().encrypt(secret)}
    )
    return secret


# ---------- order ----------
def test_wrong_passwords_are_counted_before_an_account_is_looked_at():
    assert configured.AUTHENTICATION_BACKENDS[0] == "axes.backends.AxesStandaloneBackend"
    assert configured.MIDDLEWARE[-1] == "axes.middleware.AxesMiddleware"


def test_the_middleware_of_signing_in_stands_in_the_order_it_needs():
    names = [name.rpartition(".")[2] for name in configured.MIDDLEWARE]
    order = ["SessionMiddleware", "AuthenticationMiddleware", "AccountMiddleware", "SecondFactorMiddleware"]
    assert [name for name in names if name in order] == order


# ---------- log in ----------
def test_staff_log_in_and_come_to_their_home_page(client, chiara):
    answer = log_in(client, "chiara")
    assert answer.url == reverse("admin:index")
    assert client.get(answer.url).status_code == 200


def test_home_is_in_the_language_the_person_works_in(client, chiara):
    chiara.language = "fi"
    chiara.save()
    assert log_in(client, "chiara").url == "/fi/admin/"


def test_the_log_in_of_the_admin_leads_to_ours_and_from_there_back(client, chiara):
    wanted = reverse("admin:organisation_topic_changelist")
    answer = client.get(wanted)
    assert answer.url == f"{reverse('account_login')}?next={wanted.replace('/', '%2F')}"
    answer = client.post(answer.url, {"login": "chiara", "password": PASSWORD, "next": wanted})
    assert answer.url == wanted


def test_log_in_does_not_lead_to_a_foreign_host(client, chiara):
    answer = client.post(
        reverse("account_login"), {"login": "chiara", "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert answer.url == reverse("admin:index")


def test_a_locked_account_is_told_to_ask(client, chiara):
    chiara.is_active = False
    chiara.save()
    answer = client.post(reverse("account_login"), {"login": "chiara", "password": PASSWORD}, follow=True)
    assert "This account is locked." in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_an_account_without_a_role_is_told_so_and_sees_nothing(db, client):
    UserFactory(username="nova")
    log_in(client, "nova")
    answer = client.get(reverse("admin:organisation_unit_changelist"))
    assert answer.status_code == 403
    assert "your account has no role" in answer.content.decode()


def test_logging_out_needs_a_post(chiara_client):
    chiara_client.get(reverse("account_logout"))
    assert "_auth_user_id" in chiara_client.session
    chiara_client.post(reverse("account_logout"))
    assert "_auth_user_id" not in chiara_client.session


@pytest.mark.parametrize(
    "name", ["account_signup", "account_email", "account_inactive", "account_set_password"]
)
def test_what_is_not_used_has_no_address(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


# ---------- lock-out ----------
def fail(client, times: int, username: str = "chiara", **extra):
    for _ in range(times):
        answer = log_in(client, username, "wrong", **extra)
    return answer


def test_eight_wrong_passwords_lock_the_account_from_everywhere(client, chiara):
    for number in range(configured.AXES_FAILURE_LIMIT):
        answer = fail(client, 1, REMOTE_ADDR=f"198.51.100.{number}")
    assert answer.status_code == 429
    assert log_in(Client(), "chiara", REMOTE_ADDR="203.0.113.9").status_code == 429


def test_eight_wrong_passwords_lock_the_network_for_every_account(client, chiara):
    for number in range(configured.AXES_FAILURE_LIMIT):
        fail(client, 1, f"guess{number}", REMOTE_ADDR="198.51.100.7")
    assert log_in(Client(), "chiara", REMOTE_ADDR="198.51.100.7").status_code == 429
    assert log_in(Client(), "chiara", REMOTE_ADDR="203.0.113.9").status_code == 302


def test_wrong_passwords_of_one_account_do_not_lock_another(client, chiara, aino):
    for number in range(configured.AXES_FAILURE_LIMIT):
        fail(client, 1, REMOTE_ADDR=f"198.51.100.{number}")
    assert log_in(Client(), "aino", REMOTE_ADDR="203.0.113.9").status_code == 302


def test_the_page_of_a_locked_account_says_how_long(client, chiara):
    answer = fail(client, configured.AXES_FAILURE_LIMIT)
    assert "Try again in 15 minutes." in answer.content.decode()
    assert answer.headers["Retry-After"] == "900"


@pytest.mark.skipif(bool(configured.REDIS_URL), reason="Redis keeps its own time")
def test_an_account_opens_again_after_a_quarter_of_an_hour(client, chiara):
    fail(client, configured.AXES_FAILURE_LIMIT)
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1)):
        assert log_in(client, "chiara").status_code == 302


def test_neighbours_of_an_ipv6_network_count_as_one(rf):
    addresses = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"]
    networks = [network_of(rf.get("/", REMOTE_ADDR=address)) for address in addresses]
    assert networks == ["2001:db8:1:2::/64", "2001:db8:1:2::/64", "2001:db8:1:3::/64"]


def test_the_log_names_neither_account_nor_address(client, chiara, caplog):
    with caplog.at_level("INFO"):
        fail(client, configured.AXES_FAILURE_LIMIT, REMOTE_ADDR="198.51.100.7")
    assert "Locking out" in caplog.text
    assert "chiara" not in caplog.text
    assert "198.51.100.7" not in caplog.text


# ---------- idle ----------
def test_after_the_idle_time_the_log_in_page_says_so_and_leads_back(chiara_client):
    wanted = reverse("admin:organisation_topic_changelist")
    assert chiara_client.get(wanted).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=configured.IDLE_MINUTES, seconds=5)):
        answer = chiara_client.get(wanted, follow=True)
    html = answer.content.decode()
    assert "You were logged out because nothing was done for a while." in html
    assert f'name="next" value="{wanted}"' in html


def test_somebody_at_work_stays_logged_in(chiara_client):
    start = timezone.now()
    for minutes in range(0, 90, 20):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert chiara_client.get(reverse("admin:index")).status_code == 200


def test_a_first_visit_is_not_told_of_an_idle_time(db, client):
    answer = client.get(reverse("admin:index"), follow=True)
    assert "nothing was done for a while" not in answer.content.decode()


# ---------- forgotten password ----------
def test_a_forgotten_password_is_answered_with_a_link_that_works_once(client, chiara, settings):
    settings.BASE_URL = "https://cx.example.org"
    chiara.email, chiara.language = "chiara@agency.example", "fi"
    chiara.save()

    client.post(reverse("account_reset_password"), {"email": "chiara@agency.example"})

    message = Message.objects.get()
    assert (message.template, message.language, message.address) == (
        "account.password_reset",
        "fi",
        "chiara@agency.example",
    )
    link = message.data["link"]
    assert link.startswith("https://cx.example.org/fi/account/password/reset/key/")
    path = link.removeprefix("https://cx.example.org")
    answer = client.get(path, follow=True)
    new = {"password1": "seven green lamps", "password2": "seven green lamps"}
    client.post(answer.redirect_chain[-1][0], new)
    chiara.refresh_from_db()
    assert chiara.check_password("seven green lamps")
    assert Client().get(path, follow=True).context["token_fail"] is True


def test_an_unknown_address_gets_the_same_answer_and_no_message(client, chiara):
    chiara.email = "chiara@agency.example"
    chiara.save()
    answers = [
        client.post(reverse("account_reset_password"), {"email": address}, follow=True)
        for address in ("chiara@agency.example", "nobody@agency.example")
    ]
    pages = [
        re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode()) for answer in answers
    ]
    assert pages[0] == pages[1]
    chains = [answer.redirect_chain for answer in answers]
    assert chains[0] == chains[1]
    assert list(Message.objects.values_list("address", flat=True)) == ["chiara@agency.example"]


def test_a_changed_password_is_told_to_its_owner(client, chiara):
    chiara.email = "chiara@agency.example"
    chiara.save()
    log_in(client, "chiara")
    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "seven green lamps", "password2": "seven green lamps"},
    )
    message = Message.objects.get()
    assert (message.template, message.data["event"]) == ("account.notice", "password_changed")


def test_a_short_password_is_refused(client, chiara):
    log_in(client, "chiara")
    client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "short", "password2": "short"},
    )
    chiara.refresh_from_db()
    assert chiara.check_password(PASSWORD)


# ---------- second factor ----------
def set_up_second_factor(client) -> str:
    html = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'cx-key-text" dir="ltr">(\w+)<', html).group(1)
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    return secret


def test_the_picture_to_scan_is_part_of_the_page(client, chiara):
    log_in(client, "chiara")
    html = client.get(reverse("mfa_activate_totp")).content.decode()
    assert re.search(r'<div class="cx-qr"[^>]*><svg [^>]*>.*<path', html)
    assert "data:image" not in html


def test_a_second_factor_is_asked_for_at_the_next_log_in(client, chiara):
    log_in(client, "chiara")
    secret = set_up_second_factor(client)
    other = Client()

    assert log_in(other, "chiara").url == reverse("mfa_authenticate")
    assert "_auth_user_id" not in other.session
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        other.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert "_auth_user_id" in other.session


def test_a_recovery_code_opens_the_account_once(client, chiara):
    log_in(client, "chiara")
    set_up_second_factor(client)
    codes = re.findall(
        r'<li><code class="cx-code">(\w+)<', client.get(reverse("mfa_view_recovery_codes")).content.decode()
    )
    first, second = Client(), Client()
    for other in (first, second):
        log_in(other, "chiara")
        other.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert ["_auth_user_id" in other.session for other in (first, second)] == [True, False]


def test_guessing_codes_is_stopped(client, chiara):
    secret = give_second_factor(chiara)
    log_in(client, "chiara")
    for number in range(12):
        client.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
    client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert "_auth_user_id" not in client.session


def test_secrets_of_second_factors_are_not_readable_in_the_database(client, chiara):
    log_in(client, "chiara")
    secret = set_up_second_factor(client)
    kept = [str(row.data) for row in Authenticator.objects.all()]
    assert kept
    assert all(secret not in data for data in kept)


def test_where_it_is_required_everybody_is_led_to_set_it_up_first(chiara_client, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    addresses = [reverse(name) for name in ("admin:index", "admin:organisation_unit_changelist", "mfa_index")]
    assert {chiara_client.get(address).url for address in addresses} == {reverse("mfa_activate_totp")}


def test_where_it_is_required_a_second_factor_opens_every_page_and_stays(chiara, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    give_second_factor(chiara)
    client = client_of(chiara)
    assert client.get(reverse("admin:index")).status_code == 200
    client.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=chiara, type="totp").exists()


def test_where_it_is_required_visitors_notice_nothing(db, client, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    answer = client.get(reverse("front"))
    assert answer.status_code == 200
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_an_old_session_is_asked_for_the_password_before_the_second_factor(client, chiara):
    log_in(client, "chiara")
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        answer = client.get(reverse("mfa_activate_totp"))
    assert answer.url.startswith(reverse("account_reauthenticate"))
