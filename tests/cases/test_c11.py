"""C11, Hungary: complaints are investigated and answered."""

import pytest
from django.urls import reverse

from feedback.models import Item
from tests.cases.steps import text_of
from tests.feedback.test_tell import code_of, send

ANSWER = "You were right: the form was lost at our desk. We have found it."


@pytest.mark.services
def test_a_complaint_is_investigated_and_the_answer_stands_under_its_code(
    agency, bram_client, client, unit_b
):
    code = code_of(send(client, "tell_complaint", text="My form was lost and nobody says by whom."))
    complaint = Item.objects.get()
    part = agency.route(complaint, unit_b)
    bram_client.post(reverse("queue:take", args=[complaint.pk]), {"part": part.pk})
    assert agency.answer(part, ANSWER, bram_client).outcome == "answered"
    assert ANSWER in text_of(client.post(reverse("receipt"), {"code": code}))
