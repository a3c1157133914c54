import pytest

from tests.cases.steps import Agency, offer
from tests.panels.mailings import any_hour


@pytest.fixture(autouse=True)
def _set_up(hurried_respondents, line):
    any_hour()
    offer("fi", "sv", "en", "ar", "fr")


@pytest.fixture
def agency(chiara, chiara_client, tmp_path):
    return Agency(chiara, chiara_client, tmp_path)
