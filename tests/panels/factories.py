"""Panels and the people in them."""

import factory
from factory.django import DjangoModelFactory

from cxportal.dispatch.addresses import address_hash, normal_address
from panels import models


def folded(email: str) -> str:
    return normal_address(email, "email").casefold() if email else ""


class PanelFactory(DjangoModelFactory):
    class Meta:
        model = models.Panel

    class Params:
        contact_list = factory.Trait(kind="contact_list", wipes="after_last_message")
        joinable = factory.Trait(is_joinable=True)

    code = factory.Sequence(lambda n: f"panel_{n}")
    name = factory.Sequence(lambda n: f"Panel {n}")


class AttributeFactory(DjangoModelFactory):
    class Meta:
        model = models.Attribute

    panel = factory.SubFactory(PanelFactory)
    code = "region"
    name = "Region"
    values = [{"code": "north", "name": "North"}, {"code": "south", "name": "South"}]


class MemberFactory(DjangoModelFactory):
    class Meta:
        model = models.Member

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"member{n}@mail.example")
    email_folded = factory.LazyAttribute(lambda member: folded(member.email))
    email_hash = factory.LazyAttribute(
        lambda member: address_hash(member.email_folded, "email") if member.email_folded else ""
    )
    phone = ""
    phone_hash = factory.LazyAttribute(
        lambda member: address_hash(member.phone, "sms") if member.phone else ""
    )
    language = "en"


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = models.Membership

    member = factory.SubFactory(MemberFactory)
    panel = factory.SubFactory(PanelFactory)


class WordingFactory(DjangoModelFactory):
    class Meta:
        model = models.Wording

    panel = factory.SubFactory(PanelFactory)
    language = "en"
    text = "We keep your address to send you invitations.\nYou can leave at any time."


class ConsentFactory(DjangoModelFactory):
    class Meta:
        model = models.Consent

    membership = factory.SubFactory(MembershipFactory)
    panel = factory.SelfAttribute("membership.panel")
    wording = factory.LazyAttribute(lambda consent: WordingFactory(panel=consent.panel))
    kind = "given"
    way = "web"
