import pytest

from surveys.scales import STANDARD


@pytest.mark.parametrize("scale", STANDARD.values(), ids=lambda scale: scale.code)
def test_a_ready_scale_has_2_to_11_points_with_codes_of_their_own(scale):
    assert 2 <= len(scale.points) <= 11
    assert len(set(scale.codes)) == len(scale.points)
    values = [point.value for point in scale.points]
    assert values == sorted(set(values))


@pytest.mark.parametrize("scale", STANDARD.values(), ids=lambda scale: scale.code)
def test_the_favourable_points_are_the_best_of_the_scale(scale):
    favourable = [point.is_favourable for point in scale.points]
    assert favourable == sorted(favourable)
    assert 0 < sum(favourable) < len(favourable)


def test_the_easier_version_has_three_points_of_its_own():
    simple = {scale.simple for scale in STANDARD.values() if scale.simple}
    assert simple == {"faces3"}
    assert len(STANDARD["faces3"].points) == 3
