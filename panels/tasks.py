"""Background work of panels: keys in, one call, nothing out."""

from celery import shared_task

from panels import member_files, upkeep
from panels.models import Mailing, MemberImport


@shared_task
def carry_on_mailing(mailing_id: int) -> None:
    upkeep.carry_on(mailing=Mailing.objects.get(pk=mailing_id))


@shared_task
def look_through_import(import_id: str) -> None:
    member_files.look_through(MemberImport.objects.get(pk=import_id))


@shared_task
def take_import(import_id: str) -> None:
    member_files.take(MemberImport.objects.get(pk=import_id))
