"""The coarse groups that answers carry: each shared by so many invited that it points at nobody.

Whatever is finer is made coarser in a declared order: attributes are dropped, the last declared first, rare languages
become "other", a unit becomes its parent. Only those in too small a group lose something. At the end nobody is left
in a group smaller than the wave demands; when all invited together are fewer, there is one group that says nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Self

from surveys.breakdowns import ATTRIBUTE
from surveys.models import Profile, Wave

OTHER = "other"
LANGUAGE, UNIT = "language", "unit"
Values = tuple[tuple[str, str], ...]


class Group(NamedTuple):
    """What a profile says."""

    unit: int | None = None
    language: str = ""
    attributes: Values = ()

    def without(self, attribute: str) -> Self:
        return self._replace(attributes=tuple(pair for pair in self.attributes if pair[0] != attribute))


NOTHING = Group()


class Coarsened(NamedTuple):
    groups: dict[Group, Group]
    """What is known of somebody -> what their answer may carry."""
    lost: dict[str, int]
    """Step -> of how many invited this part is not kept as it is known."""
    smallest: int
    """Invited people in the smallest group."""


def order_of(wave: Wave) -> list[str]:
    """The steps, first what is given up first. What is no breakdown of the wave is not kept at all."""
    attributes = [name for name in wave.breakdowns if name.startswith(ATTRIBUTE)]
    return [*reversed(attributes), *(step for step in (LANGUAGE, UNIT) if step in wave.breakdowns)]


def kept_attributes(wave: Wave) -> list[str]:
    return [name.removeprefix(ATTRIBUTE) for name in wave.breakdowns if name.startswith(ATTRIBUTE)]


def coarsen(
    people: Mapping[Group, int], *, order: Sequence[str], smallest: int, parents: Mapping[int, int | None]
) -> Coarsened:
    """`people` says how many invited there are of each kind, `parents` unit -> unit above."""
    became = {group: group for group in people}
    for step in order:
        while _one_step(became, people, step, smallest, parents) and step == UNIT:
            pass
    _drop_the_rest(became, people, smallest)
    sizes = _sizes(became, people)
    return Coarsened(became, _lost(became, people, order), min(sizes.values(), default=0))


def _one_step(
    became: dict[Group, Group],
    people: Mapping[Group, int],
    step: str,
    smallest: int,
    parents: Mapping[int, int | None],
) -> bool:
    sizes = _sizes(became, people)
    changed = {
        group: coarser
        for group, now in became.items()
        if sizes[now] < smallest and (coarser := _coarser(now, step, parents)) != now
    }
    if step == UNIT and changed:
        # the deepest first: whoever joins a unit may make it large enough to stay
        depths = {group: _depth(became[group].unit, parents) for group in changed}
        deepest = max(depths.values())
        changed = {group: coarser for group, coarser in changed.items() if depths[group] == deepest}
    became.update(changed)
    return bool(changed)


def _depth(unit: int | None, parents: Mapping[int, int | None]) -> int:
    depth = 0
    while unit is not None:
        unit, depth = parents.get(unit), depth + 1
    return depth


def _coarser(group: Group, step: str, parents: Mapping[int, int | None]) -> Group:
    if step == LANGUAGE:
        return group._replace(language=OTHER) if group.language else group
    if step == UNIT:
        return group._replace(unit=parents.get(group.unit)) if group.unit is not None else group
    return group.without(step.removeprefix(ATTRIBUTE))


def _drop_the_rest(became: dict[Group, Group], people: Mapping[Group, int], smallest: int) -> None:
    """What is still too small says nothing; if even those are too few, the smallest other group joins them."""
    sizes = _sizes(became, people)
    silent = {now for now, size in sizes.items() if size < smallest} | ({NOTHING} & sizes.keys())
    together = sum(sizes[now] for now in silent)
    for now in sorted(sizes.keys() - silent, key=lambda now: (sizes[now], str(now))):
        if not 0 < together < smallest:
            break
        silent.add(now)
        together += sizes[now]
    became.update((group, NOTHING) for group, now in became.items() if now in silent)


def _lost(became: Mapping[Group, Group], people: Mapping[Group, int], order: Iterable[str]) -> dict[str, int]:
    lost = dict.fromkeys(order, 0)
    for group, now in became.items():
        for step in lost:
            if _part(group, step) != _part(now, step):
                lost[step] += people[group]
    return lost


def _part(group: Group, step: str) -> object:
    if step in (LANGUAGE, UNIT):
        return getattr(group, step)
    return dict(group.attributes).get(step.removeprefix(ATTRIBUTE))


def _sizes(became: Mapping[Group, Group], people: Mapping[Group, int]) -> Counter[Group]:
    sizes: Counter[Group] = Counter()
    for group, now in became.items():
        sizes[now] += people[group]
    return sizes


def make_profiles(wave: Wave, sizes: Mapping[Group, int]) -> dict[Group, Profile]:
    """One row for each group; the numbers of invited are those of this mailing."""
    groups = list(sizes)
    rows = Profile.objects.bulk_create(
        Profile(
            wave=wave,
            unit_id=group.unit,
            language=group.language,
            attributes=dict(group.attributes),
            invited=sizes[group],
        )
        for group in groups
    )
    return dict(zip(groups, rows, strict=True))
