import re

import pytest

from surveys.charts import diverging, fields, heat, series
from surveys.charts.fields import Field, Thing
from surveys.charts.series import Point


def placed(bar):
    return [(part.shade, part.x, part.width) for part in bar.segments]


def test_bars_of_one_scale_share_the_centre_of_their_middle_point():
    one, other = diverging.bars([[10, 20, 40, 20, 10], [0, 0, 0, 50, 50]])
    # half of the first bar stands below the middle, nothing of the second: together 0.5 + 1.0
    assert placed(one) == [
        (1, 0.0, 6.67),
        (2, 6.67, 13.33),
        (3, 20.0, 26.67),
        (4, 46.67, 13.33),
        (5, 60.0, 6.67),
    ]
    assert placed(other) == [(4, 33.33, 33.33), (5, 66.67, 33.33)]
    assert one.centre == other.centre == 33.33


def test_bars_of_a_scale_without_a_middle_are_centred_between_its_halves():
    (bar,) = diverging.bars([[25, 75]])
    assert (placed(bar), bar.centre) == ([(1, 0.0, 25.0), (5, 25.0, 75.0)], 25.0)


def test_bars_are_mirrored_where_people_read_from_the_right():
    (bar,) = diverging.bars([[25, 0, 75]], mirrored=True)
    assert (placed(bar), bar.centre) == ([(1, 75.0, 25.0), (5, 0.0, 75.0)], 75.0)


def test_parts_under_five_per_cent_have_no_number_but_stay_in_the_words():
    (bar,) = diverging.bars([[4, 0, 96]])
    assert [part.is_labelled for part in bar.segments] == [False, True]
    assert bar.percents == (4, 0, 96)


def test_a_question_that_nobody_answered_has_an_empty_bar():
    (bar,) = diverging.bars([[0, 0, 0]])
    assert (bar.segments, bar.percents) == ((), (0, 0, 0))


@pytest.mark.parametrize(
    ("points", "shades"), [(2, [1, 5]), (3, [1, 3, 5]), (5, [1, 2, 3, 4, 5]), (7, [1, 2, 2, 3, 4, 4, 5])]
)
def test_colours_go_from_worst_to_best_on_every_scale(points, shades):
    assert [diverging.shade_of(place, points) for place in range(points)] == shades


# ---------- series ----------


def numbers_in(path):
    return [float(number) for number in re.findall(r"[\d.]+", path)]


def test_a_line_joins_the_waves_in_their_order():
    found = series.chart([Point(3.4, 3.3, 3.5), Point(3.6, 3.5, 3.7)], scale=(1, 5))
    assert (len(found.paths), numbers_in(found.paths[0])[::2]) == (1, [80.0, 506.0])
    assert [dot.is_last for dot in found.dots] == [False, True]


def test_a_line_stops_where_the_series_broke():
    points = [Point(3.4, 3.3, 3.5), Point(3.5, 3.4, 3.6), Point(3.9, 3.8, 4, is_break=True)]
    found = series.chart(points, scale=(1, 5))
    assert ([path.count("L") for path in found.paths], len(found.breaks)) == ([1, 0], 1)


def test_a_break_in_a_hidden_wave_still_stops_the_line():
    points = [Point(3.4, None, None), Point(None, None, None, is_break=True), Point(3.9, None, None)]
    assert [path.count("L") for path in series.chart(points, scale=(1, 5)).paths] == [0, 0]


def test_time_runs_from_the_right_where_people_read_from_there():
    found = series.chart([Point(3.4, None, None), Point(3.6, None, None)], scale=(1, 5), mirrored=True)
    assert [dot.x for dot in found.dots] == [480.0, 54.0]


def test_an_axis_that_is_cut_says_so_and_the_target_is_in_it():
    found = series.chart([Point(3.4, 3.3, 3.5)], scale=(1, 5), target=4.2)
    assert found.is_cut
    assert found.low <= 3.3
    assert found.high >= 4.2
    assert 30 <= found.target.y <= 238


def test_every_point_and_band_stays_inside_the_drawing():
    found = series.chart([Point(1.0, 1.0, 1.2), Point(5.0, 4.9, 5.0)], scale=(1, 5))
    assert all(30 <= dot.y <= 238 for dot in found.dots)
    assert (found.low, found.high, found.is_cut) == (1, 5, False)


def test_no_figures_give_no_chart():
    assert series.chart([], scale=(1, 5)) is None
    assert series.chart([Point(None, None, None)], scale=(1, 5)) is None


# ---------- fields ----------

THINGS = [
    Thing("Time", 4.8, 2.7),
    Thing("Respect", 4.5, 3.9),
    Thing("Rooms", 3.2, 3.4),
    Thing("Letters", 3.1, 2.9),
]


def test_things_stand_in_four_fields_divided_at_the_averages():
    found = fields.chart(THINGS)
    assert {dot.name: dot.field for dot in found.dots} == {
        "Time": Field.FIX_FIRST,
        "Respect": Field.KEEP_UP,
        "Rooms": Field.GOOD_ENOUGH,
        "Letters": Field.WATCH,
    }


def test_better_is_further_along_the_line_and_more_important_is_higher():
    dots = {dot.name: dot for dot in fields.chart(THINGS).dots}
    assert dots["Time"].x < dots["Respect"].x
    assert dots["Time"].y < dots["Rooms"].y
    mirrored = {dot.name: dot for dot in fields.chart(THINGS, mirrored=True).dots}
    assert mirrored["Time"].x > mirrored["Respect"].x


def test_names_do_not_stand_on_each_other_while_there_is_room():
    near = [Thing(f"Thing {number}", 3 + number / 10, 3.0 + number % 2 / 10) for number in range(6)]
    dots = fields.chart(near).dots
    assert len({(dot.label_x, dot.label_y) for dot in dots}) == 6


def test_one_thing_alone_stands_in_the_middle():
    (dot,) = fields.chart([Thing("Time", 4, 3)]).dots
    assert (dot.x, dot.y) == (288.0, 145.0)


# ---------- heat ----------


@pytest.mark.parametrize(("value", "shade"), [(2.74, 1), (2.75, 2), (3.25, 3), (3.65, 4), (3.99, 4), (4, 5)])
def test_shades_of_a_table_begin_where_the_key_says(value, shade):
    assert heat.shade(value, (1, 5)) == shade


def test_shades_turn_round_where_low_is_good():
    assert [heat.shade(value, (1, 7), high_is_good=False) for value in (1, 7)] == [5, 1]


@pytest.mark.parametrize("value", [20.76, 0, 3.2, 12_345.0, -4.0])
def test_numbers_that_people_write_have_an_axis_around_what_they_say(value):
    drawn = series.chart([series.Point(value, value - 1.2, value + 1.2)], scale=series.NO_ENDS)
    assert drawn.low <= value - 1.2
    assert value + 1.2 <= drawn.high
    assert 2 <= len(drawn.lines) <= series.LINES + 2
