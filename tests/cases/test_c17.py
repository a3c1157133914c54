"""C17, Slovakia: a complaint given to a social worker is recorded, forwarded, and has an outcome."""

import pytest
from django.urls import reverse

from feedback.models import Assignment, Item
from tests.cases.steps import text_of
from tests.feedback.test_take_down import PAGE, code_in, told


@pytest.mark.services
def test_a_complaint_told_to_a_social_worker_does_not_end_in_a_drawer(
    agency, bram_client, client, unit_a, unit_b
):
    code = code_in(bram_client.post(PAGE, told(unit_b, kind="complaint", channel="desk", topics=[])))
    complaint = Item.objects.get()
    assert complaint.assignments.exists()  # recorded and in somebody's hands at once

    # forwarded to who can change it; the writer sees where it is
    agency.route(complaint, unit_a)
    assert "Counter A" in text_of(client.post(reverse("receipt"), {"code": code}))
    waits = text_of(agency.client.get(reverse("queue:backlog")))
    assert "Counter A" in waits

    # people stop complaining when nothing changes: it becomes an action, and the writer reads what was done
    action = agency.act("Answer the phone in the afternoon", unit_a, item=complaint.pk)
    agency.carry_out(action)
    address = agency.tell_back(action, "Nobody answered the phone.", "Somebody answers until four.")
    assert address in text_of(client.post(reverse("receipt"), {"code": code}))

    # no item without an outcome
    assert not Item.objects.exclude(assignments__outcome__gt="").exists()
    assert set(Assignment.objects.values_list("outcome", flat=True)) == {"became_action"}
