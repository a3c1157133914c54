"""What stands behind an action stays true whatever happens to the voices."""

import random
from datetime import UTC, datetime

import pytest

from actions import evidence, telling_back
from actions.models import Action, Evidence, ToldBack
from feedback import receipts
from feedback.models import Item
from feedback.purge import purge
from surveys import publications
from surveys.models import Wave
from tests.factories import (
    ActionFactory,
    EvidenceFactory,
    PublicationFactory,
    SurveyFactory,
    UnitFigureFactory,
    VoiceFactory,
    WaveFactory,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


def voices(action: Action) -> int:
    return evidence.voices_behind(Action.objects.filter(pk=action.pk)).get().voice_count


def bury(*items: Item) -> None:
    purge(Item.objects.filter(pk__in=[item.pk for item in items]), at=AT)


def test_a_source_added_twice_stands_there_once(chiara):
    action, item = ActionFactory(), VoiceFactory()
    for _time in range(2):
        evidence.add_evidence(action=action, sources=[evidence.Voice(item)], by=chiara)
    assert list(action.evidence.values_list("item", flat=True)) == [item.pk]


def test_each_kind_of_source_is_kept_as_what_it_is(chiara, unit_a):
    action = ActionFactory(unit=unit_a)
    sources = [
        evidence.Voice(VoiceFactory()),
        evidence.OperationalFigure(UnitFigureFactory(unit=unit_a)),
        evidence.Reference("Audit of 2025, finding 4"),
    ]
    evidence.add_evidence(action=action, sources=sources, by=chiara)
    assert sorted(row.kind for row in action.evidence.all()) == ["item", "reference", "unit_figure"]


def test_voices_merged_into_one_that_is_evidence_stand_behind_the_action_too():
    action, head = ActionFactory(), VoiceFactory()
    VoiceFactory.create_batch(2, merged_into=head)
    EvidenceFactory(action=action, item=head, reference="")
    assert voices(action) == 3


def test_a_voice_and_the_one_it_was_merged_into_are_not_counted_twice():
    action, head = ActionFactory(), VoiceFactory()
    supporter = VoiceFactory(merged_into=head)
    for item in (head, supporter):
        EvidenceFactory(action=action, item=item, reference="")
    assert voices(action) == 2


def test_a_purged_voice_still_counts():
    action, item = ActionFactory(), VoiceFactory()
    EvidenceFactory(action=action, item=item, reference="")
    bury(item)
    assert voices(action) == 1


@pytest.mark.parametrize("gone", [[0], [1], [0, 1], [1, 2], [0, 1, 2]])
@pytest.mark.parametrize("proof", [0, 1])
def test_voices_that_say_the_same_still_count_when_some_of_them_are_purged(gone, proof):
    head = VoiceFactory()
    said = [head, *VoiceFactory.create_batch(2, merged_into=head)]
    action = EvidenceFactory(item=said[proof], reference="").action
    bury(*[said[number] for number in gone])
    assert voices(action) == 3


def test_what_somebody_takes_back_no_longer_counts_and_the_others_still_do():
    head = VoiceFactory(receipt_hash=receipts.digest_of("ABCD"))
    VoiceFactory.create_batch(2, merged_into=head)
    action = EvidenceFactory(item=head, reference="").action
    receipts.take_back("ABCD")
    assert voices(action) == 2


def test_a_withdrawn_voice_is_gone():
    action, item = ActionFactory(), VoiceFactory()
    EvidenceFactory(action=action, item=item, reference="")
    item.delete()
    assert (voices(action), action.evidence.count()) == (0, 0)


def test_the_last_source_of_an_action_under_way_cannot_be_taken_away():
    row = EvidenceFactory(action=ActionFactory(at_status="under_way"))
    with pytest.raises(evidence.LastEvidence):
        evidence.remove_evidence(evidence=row)


def test_evidence_out_of_scope_is_not_among_what_a_person_may_open(aino, unit_a, unit_b):
    action = ActionFactory(unit=unit_a)
    seen = EvidenceFactory(action=action, item=VoiceFactory(unit=unit_a), reference="")
    EvidenceFactory(action=action, item=VoiceFactory(unit=unit_b), reference="")
    assert list(Evidence.objects.for_user(aino)) == [seen]


def recounted(action: Action, items: list[Item]) -> int:
    """By hand, over the rows: groups of voices that say the same, and tombstones."""
    heads = {row.item.merged_into_id or row.item_id for row in action.evidence.all() if row.item_id}
    living = [
        item
        for item in Item.objects.filter(pk__in=[one.pk for one in items])
        if (item.merged_into_id or item.pk) in heads
    ]
    return len(living) + sum(row.tombstone_id is not None for row in action.evidence.all())


def publish(wave: Wave, n: int, *, is_public: bool, by) -> None:
    """A later publication, in which a group of fewer than ten is hidden."""
    last = wave.publications.order_by("number").last()
    shown = {"n": n, "estimate": [3.5, 3.1, 3.9, n]} if n >= 10 else {"n": None, "reason": "small_group"}
    content = PublicationFactory.build(wave=wave).content
    content["indicators"] = [
        {
            "code": "mood",
            "name": {"en": "Mood"},
            "formula": "mean",
            "kind": "mean",
            "high_is_good": True,
            "questions": [],
        }
    ]
    content["everybody"]["indicators"] = {"mood": shown}
    made = PublicationFactory(
        wave=wave, number=last.number + 1 if last else 1, supersedes=last, n=max(n, 10), content=content
    )
    if is_public:
        publications.make_public(publication=made, by=by)


def what_the_public_reads(action: Action, by) -> tuple[int | None, int | None]:
    """How many voices, and the answers behind the figure; None where it is not said."""
    told, _is_new = ToldBack.objects.get_or_create(
        action=action, defaults={"title": "Screens", "heard": "Nobody says.", "did": "Screens."}
    )
    telling_back.release(told_back=told, by=by)
    told.refresh_from_db()
    return told.voices, told.figure.get("n")


def live_through(seed: int, chiara) -> list[tuple[int, int]]:
    """Random joining, merging, withdrawing, purging and publishing; after each step what is shown and what a recount
    says. At the end the public reads of no group that is too small.
    """
    rng = random.Random(seed)
    action = ActionFactory(at_status="done")
    wave = WaveFactory(version=None, survey=SurveyFactory())
    EvidenceFactory(action=action, wave=wave, publication_number=1, question="=mood", reference="")
    items = VoiceFactory.create_batch(6)
    public_n: list[int] = []
    seen = []
    for _step in range(12):
        living = list(Item.objects.filter(pk__in=[item.pk for item in items]))
        if len(living) < 2:
            break
        one, other = rng.sample(living, 2)
        step = rng.choice(["join", "join", "merge", "withdraw", "purge", "publish"])
        if step == "join":
            evidence.add_evidence(action=action, sources=[evidence.Voice(one)], by=chiara)
        elif step == "merge" and not one.merged_into_id and not other.merged_into_id:
            one.supporters.update(merged_into=other)
            Item.objects.filter(pk=one.pk).update(merged_into=other)
        elif step == "withdraw":
            one.supporters.update(merged_into=None)
            one.delete()
        elif step == "purge":
            bury(one)
        elif step == "publish":
            n, is_public = rng.randint(1, 20), rng.random() < 0.5
            publish(wave, n, is_public=is_public, by=chiara)
            public_n += [n] if is_public else []
        number = voices(action)
        assert evidence.voices_of_all().get(action.pk, 0) == number
        seen.append((number, recounted(action, items)))
    counted = voices(action)
    shown = counted if counted >= telling_back.FEWEST_VOICES else None
    figure = public_n[-1] if public_n and public_n[-1] >= 10 else None
    assert (seed, what_the_public_reads(action, chiara)) == (seed, (shown, figure))
    return seen


HUNDREDS = [pytest.param(range(n, n + 100), marks=pytest.mark.long) for n in range(100, 1100, 100)]


@pytest.mark.parametrize(
    "seeds", [range(100), *HUNDREDS], ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}"
)
def test_the_count_of_voices_equals_a_recount_whatever_happens(seeds, chiara):
    wrong = [
        (seed, shown, counted)
        for seed in seeds
        for shown, counted in live_through(seed, chiara)
        if shown != counted
    ]
    assert wrong == []
