from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxportal.dispatch.report_reading import Report, Verdict, read_report

REPORTS = Path(__file__).parent / "reports"
OUR_ID = "<4c1d0e9a7b62@cx.example>"

HARD = Report(Verdict.NO_SUCH_ADDRESS, OUR_ID, "5.1.1")
EXPECTED = {
    "unknown_mailbox": [HARD],
    "unknown_mailbox_whole_mail_returned": [HARD],
    "unknown_domain": [Report(Verdict.NO_SUCH_ADDRESS, OUR_ID, "5.1.2")],
    "mailbox_closed_odd_case": [Report(Verdict.NO_SUCH_ADDRESS, OUR_ID, "5.2.1")],
    "mailbox_full": [Report(Verdict.GIVEN_UP, OUR_ID, "5.2.2")],
    "refused_by_filter": [Report(Verdict.GIVEN_UP, OUR_ID, "5.7.1")],
    "delayed": [Report(Verdict.DELAYED, OUR_ID, "4.4.1")],
    "given_up_after_days": [Report(Verdict.GIVEN_UP, OUR_ID, "4.4.7")],
    "delivered": [Report(Verdict.DELIVERED, OUR_ID, "2.0.0")],
    "relayed_only": [],
    "two_recipients_worst_counts": [HARD],
    "id_in_status_fields": [Report(Verdict.NO_SUCH_ADDRESS, OUR_ID, "5.1.10")],
    "id_only_in_threading": [HARD],
    "international_recipient": [HARD],
    "no_id_anywhere": [],
    "no_status_code": [Report(Verdict.GIVEN_UP, OUR_ID, "")],
    "complaint": [Report(Verdict.COMPLAINT, OUR_ID)],
    "complaint_withdrawn": [],
    "auto_reply": [],
    "read_receipt": [],
    "answer_of_a_person": [],
    "cut_in_the_middle": [],
    "unclosed_parts": [HARD],
    "broken_charset": [HARD],
    "not_a_mail": [],
    "empty": [],
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_report_is_read(name):
    assert read_report((REPORTS / f"{name}.eml").read_bytes()) == EXPECTED[name]


def test_every_report_of_the_collection_is_expected_somehow():
    assert {path.stem for path in REPORTS.glob("*.eml")} == set(EXPECTED)


@settings(deadline=None)
@given(st.data())
def test_damaged_report_never_raises(data):
    name = data.draw(st.sampled_from(sorted(EXPECTED)))
    raw = bytearray((REPORTS / f"{name}.eml").read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        if raw:
            place = data.draw(st.integers(0, len(raw) - 1))
            raw[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=10))
    assert all(isinstance(report, Report) for report in read_report(bytes(raw)))
