"""What stands behind an action stays true whatever happens to the voices."""

import random
from datetime import UTC, datetime

import pytest

from actions import evidence
from actions.models import Action, Evidence
from feedback import receipts
from feedback.models import Item
from feedback.purge import purge
from tests.factories import ActionFactory, EvidenceFactory, UnitFigureFactory, VoiceFactory

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


def recounted(action: Action) -> int:
    """By hand, over the rows: groups of voices that say the same, and tombstones."""
    heads = {row.item.merged_into_id or row.item_id for row in action.evidence.all() if row.item_id}
    living = [item for item in Item.objects.all() if (item.merged_into_id or item.pk) in heads]
    return len(living) + sum(row.tombstone_id is not None for row in action.evidence.all())


def live_through(seed: int, chiara) -> list[tuple[int, int]]:
    """Random joining, merging, withdrawing and purging; after each step what is shown and what a recount says."""
    rng = random.Random(seed)
    action = ActionFactory()
    items = VoiceFactory.create_batch(6)
    seen = []
    for _step in range(12):
        living = list(Item.objects.filter(pk__in=[item.pk for item in items]))
        if len(living) < 2:
            break
        one, other = rng.sample(living, 2)
        step = rng.choice(["join", "join", "merge", "withdraw", "purge"])
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
        seen.append((voices(action), recounted(action)))
    return seen


@pytest.mark.parametrize(
    "seeds", [range(100), pytest.param(range(100, 1100), marks=pytest.mark.long)], ids=["100", "1000"]
)
def test_the_count_of_voices_equals_a_recount_whatever_happens(seeds, chiara):
    wrong = [
        (seed, shown, counted)
        for seed in seeds
        for shown, counted in live_through(seed, chiara)
        if shown != counted
    ]
    assert wrong == []
