"""What a large form costs: importing it, its pages of the staff, answering it.

    python benchmarks/interchange.py [--questions 560]

Writes an XLSForm with that many questions in two languages, imports it into an empty database (SQLite), and measures CPU
and wall-clock time of the import, of the pages and of every page of an answer. Prints a table.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"  # with it no file needs to be collected
os.environ["CX_VAR"] = tempfile.mkdtemp()

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from benchmarks.rows import keep  # noqa: E402
from surveys import form_key, publishing  # noqa: E402
from surveys.interchange import xlsform_writer  # noqa: E402
from surveys.interchange.formats import read_form  # noqa: E402
from surveys.interchange.taking_in import take_in  # noqa: E402
from surveys.models import Submission  # noqa: E402
from surveys.questionnaire import Questionnaire  # noqa: E402
from tests.factories import StaffRoleFactory, UserFactory  # noqa: E402
from tests.surveys.interchange.files import large_form  # noqa: E402
from tests.surveys.interchange.test_sample_files import open_wave, walk_to_the_end  # noqa: E402
from tests.surveys.respondent import Respondent  # noqa: E402


class AsTables(dict):
    """Tables are made of the models: an empty database needs no history."""

    def __contains__(self, app: object) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


class Timed:
    questions = 0

    def __init__(self, what: str):
        self.what = what

    def __enter__(self) -> "Timed":
        self.begun = (time.process_time(), time.perf_counter())
        return self

    def __exit__(self, *_error: object) -> None:
        self.cpu, self.wall = time.process_time() - self.begun[0], time.perf_counter() - self.begun[1]
        keep(f"form: {self.what}", size=self.questions, seconds=self.wall, cpu_seconds=self.cpu)
        print(f"{self.what:45} {self.cpu * 1000:9.0f} ms CPU {self.wall * 1000:9.0f} ms", flush=True)


def main(questions: int) -> None:
    Timed.questions = questions
    settings.MIGRATION_MODULES = AsTables()
    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", run_syncdb=True, verbosity=0)
    form_key.LEAST_SECONDS = 0
    content = large_form(questions)
    print(f"{questions} questions, {len(content) / 1024:.0f} KB", flush=True)
    with Timed("reading and checking"):
        form, report = read_form("large.xlsx", content)
    with Timed("writing the survey"):
        survey = take_in(form, report, by=None)
    print(report.counts())
    with Timed("writing it as XLSForm"):
        xlsform_writer.write(survey)
    staff = Client()
    user = StaffRoleFactory(user=UserFactory(username="chiara"), role="cx_team").user
    staff.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    for name in ("questions", "translate", "preview", "publish", "imported"):
        address = reverse(f"admin:surveys_survey_{name}", args=[survey.pk])
        staff.get(address)
        with Timed(f"page “{name}”"):
            assert staff.get(address).status_code == 200
    first = survey.questions.order_by("-pk").first()
    with Timed("page of the last question"):
        assert staff.get(reverse("admin:surveys_question_change", args=[first.pk])).status_code == 200
    with Timed("publishing"):
        version = publishing.publish(survey=survey, by=user)
    way = open_wave(survey, version, "en")
    questionnaire = Questionnaire(version.content)
    respondent = Respondent(f"/en/s/{way.address}/").open()
    with Timed(f"answering {len(questionnaire.pages())} pages"):
        walk_to_the_end(respondent, questionnaire)
    print(f"submissions: {Submission.objects.count()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=560)
    main(parser.parse_args().questions)
