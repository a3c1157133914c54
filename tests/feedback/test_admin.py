import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cxportal.keys.api_keys import hash_of
from feedback.models import Integration
from tests.factories import AssignmentFactory, VoiceFactory

pytestmark = pytest.mark.django_db
LIST = "admin:feedback_item_changelist"


def test_the_list_needs_a_fixed_number_of_queries(chiara_client, unit_a):
    counts = []
    for _ in range(2):
        AssignmentFactory(item=VoiceFactory(unit=unit_a), unit=unit_a)
        chiara_client.get(reverse(LIST))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            chiara_client.get(reverse(LIST))
        counts.append(len(queries))
        AssignmentFactory(item=VoiceFactory(unit=unit_a), unit=unit_a)
    assert counts[0] == counts[1]


@pytest.mark.parametrize("name", ["changelist", "change"])
def test_what_is_masked_stays_masked_on_every_page(bram_client, unit_b, name):
    item = VoiceFactory(unit=unit_b, text="Call 040 123 4567 now", marks=[[5, 17, "phone"]])
    page = bram_client.get(
        reverse(f"admin:feedback_item_{name}", args=[item.pk] if name == "change" else [])
    ).content.decode()
    assert "Call ••• now" in page
    assert "4567" not in page


def test_what_is_masked_is_not_found_by_searching_for_it(chiara_client, unit_b):
    VoiceFactory(unit=unit_b, text="Call 040 123 4567 now", marks=[[5, 17, "phone"]], folded="call ••• now")
    assert chiara_client.get(reverse(LIST), {"q": "4567"}).context["cl"].result_count == 0
    assert chiara_client.get(reverse(LIST), {"q": "CALL"}).context["cl"].result_count == 1


def test_the_key_of_a_new_system_is_shown_once(chiara_client):
    answer = chiara_client.post(
        reverse("admin:feedback_integration_add"),
        {"name": "Chat", "channel": "chat", "is_active": "on"},
        follow=True,
    )
    key = answer.content.decode().partition("shown only now: <code>")[2].partition("</code>")[0]
    integration = Integration.objects.get()
    assert integration.key_hash == hash_of(key)
    change = reverse("admin:feedback_integration_change", args=[integration.pk])
    assert key not in chiara_client.get(change).content.decode()
