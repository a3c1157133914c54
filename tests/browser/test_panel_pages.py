"""Pages that need a panel and its people: joining, the membership of a member, files, erasure."""

import pytest
from django.urls import reverse
from django.utils import translation

from cxportal.organisation.models import Agency, Language
from panels import member_files, preferences
from panels.models import Membership
from tests.browser.test_every_page import faults_of
from tests.panels.factories import (
    ConsentFactory,
    MemberFactory,
    MembershipFactory,
    PanelFactory,
    WordingFactory,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def membership(tmp_path, settings) -> Membership:
    settings.KEYS_FOLDER = tmp_path / "keys"
    Agency(name="Service Agency", name_ar="وكالة الخدمات").save()
    for code in ["en", "fi", "sv", "ar"]:
        Language.objects.update_or_create(code=code, defaults={"is_offered": True})
    panel = PanelFactory(code="customers", name="Customer panel", joinable=True)
    WordingFactory(panel=panel)
    member = MemberFactory(email="lina@mail.example", phone="+358401234567")
    membership = MembershipFactory(member=member, panel=panel)
    ConsentFactory(membership=membership)
    return membership


@pytest.mark.parametrize(
    ("language", "dark", "width"), [("en", False, 390), ("ar", True, 320), ("ar", False, 1280)]
)
def test_pages_for_members_are_accessible(browser, membership, language, dark, width):
    token = preferences.token_of(membership.member)
    copy = preferences.copy_url(membership.member).rstrip("/").rpartition("/")[2]
    with translation.override(language):
        paths = [
            reverse("panels:join", args=["customers"]),
            reverse("panels:preferences", args=[token]),
            reverse("panels:agreed_text", args=[token, membership.consents.get().pk]),
            reverse("panels:held", args=[copy]),
        ]
    tab = browser(width=width, dark=dark).new_page()
    found = {path: faults_of(tab, path, is_public=True) for path in paths}
    assert {path: faults for path, faults in found.items() if faults} == {}


def test_a_form_with_mistakes_is_accessible(browser, membership):
    page = browser(width=390).new_page()
    page.goto(reverse("panels:join", args=["customers"]))
    page.fill("#address", "lina@@mail")
    page.wait_for_timeout(2100)
    page.click("button.btn")
    page.wait_for_selector("#agree-problem")
    assert page.locator("[name=address]").input_value() == "lina@@mail"


def test_leaving_takes_two_taps(browser, membership):
    page = browser(width=390).new_page()
    page.goto(reverse("panels:preferences", args=[preferences.token_of(membership.member)]))
    page.click("main summary >> nth=0")
    page.click("button[name=leave]")
    page.wait_for_selector("text=You have left")
    assert not Membership.objects.exists()


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_of_the_staff_are_accessible(browser, chiara, membership, width):
    panel, member = membership.panel, membership.member
    one = member_files.bring(
        panel=panel, content=b"email\na@mail.example\nbad\n", file_name="a.csv", by=chiara
    )
    member_files.look_through(one)
    paths = [
        reverse("admin:panels_panel_change", args=[panel.pk]),
        reverse("admin:panels_panel_import", args=[panel.pk]),
        reverse("admin:panels_panel_import_state", args=[panel.pk, one.pk]),
        reverse("admin:panels_panel_key", args=[panel.pk]),
        reverse("admin:panels_member_change", args=[member.pk]),
        reverse("admin:panels_member_held", args=[member.pk]),
        reverse("admin:panels_member_erase", args=[member.pk]),
    ]
    tab = browser(user=chiara, width=width).new_page()
    found = {path: faults_of(tab, path, is_public=False) for path in paths}
    assert {path: faults for path, faults in found.items() if faults} == {}
