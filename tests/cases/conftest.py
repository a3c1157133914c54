import pytest

from cxportal.organisation.models import Language
from tests.cases.steps import Agency
from tests.panels.mailings import any_hour


@pytest.fixture(autouse=True)
def _set_up(hurried_respondents, line):
    any_hour()
    for position, code in enumerate(["fi", "sv", "en", "ar", "fr"]):
        Language.objects.update_or_create(
            code=code,
            defaults={"is_offered": True, "position": position, "decision": "Read before it goes out."},
        )


@pytest.fixture
def agency(chiara, chiara_client, tmp_path):
    return Agency(chiara, chiara_client, tmp_path)
