"""Dates are read as they stand, never guessed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stages._dates import find_dates, first_date, machine_date

READ = [
    ("2021年2月5日", "2021-02-05"),
    ("2021年02月05日 08:30", "2021-02-05T08:30"),
    ("2021年2月5日08:30:15", "2021-02-05T08:30:15"),
    ("2021年2月5日 下午3:05", "2021-02-05T15:05"),
    ("2021 年 2 月 5 日", "2021-02-05"),
    ("２０２１年２月５日", "2021-02-05"),
    ("二〇二一年二月五日", "2021-02-05"),
    ("二○二一年十二月三十一日", "2021-12-31"),
    ("二〇二〇年十月二十日", "2020-10-20"),
    ("2021年2月", "2021-02"),
    ("民國110年2月5日", "2021-02-05"),
    ("令和3年2月5日", "2021-02-05"),
    ("令和元年五月一日", "2019-05-01"),
    ("平成31年4月30日", "2019-04-30"),
    ("2021년 2월 5일", "2021-02-05"),
    ("입력 2021.02.05 오후 3:04", "2021-02-05T15:04"),
    ("2021. 2. 5.", "2021-02-05"),
    ("2021-02-05", "2021-02-05"),
    ("2021/02/05 08:30", "2021-02-05T08:30"),
    ("2019-09-07T13:43:45+08:00", "2019-09-07T13:43:45+08:00"),
    ("2019-09-07T13:43:45.123+0800", "2019-09-07T13:43:45+08:00"),
    ("2019-09-07T05:43Z", "2019-09-07T05:43Z"),
    ("5 February 2021", "2021-02-05"),
    ("Updated: Feb. 5, 2021", "2021-02-05"),
    ("Friday, February 5th, 2021 at 3:04 p.m.", "2021-02-05T15:04"),
    ("Stand: 05.02.2021, 10:30 Uhr", "2021-02-05T10:30"),
    ("5. Februar 2021", "2021-02-05"),
    ("5 février 2021 à 10h00", "2021-02-05T10:00"),
    ("5 de febrero de 2021", "2021-02-05"),
    ("2020年2月29日", "2020-02-29"),
]

UNREAD = [
    "2月5日",
    "新华社云港2月29日电",
    "Feb. 5",
    "05/02/2021",  # day or month first: open
    "2021年2月29日",  # no such day
    "2021-13-01",
    "版本 1.2021.02.05.7",
    "电话 020-2102-0512",
    "二十一世纪",
    "",
]


@pytest.mark.parametrize(("line", "iso"), READ)
def test_a_date_with_a_year_is_read_as_precisely_as_it_stands(line, iso):
    assert first_date(line) == iso


@pytest.mark.parametrize("line", UNREAD)
def test_a_date_without_a_year_or_that_does_not_exist_stays_none(line):
    assert first_date(line) is None


def test_an_hour_that_does_not_exist_leaves_the_day():
    assert first_date("2021年2月5日 25:30") == "2021-02-05"


def test_dates_come_in_the_order_of_the_line():
    found = find_dates("始于2019年1月2日，至2020-03-04止，见 5 May 2021")
    assert [one.iso for one in found] == ["2019-01-02", "2020-03-04", "2021-05-05"]


def test_compact_dates_are_read_in_machine_fields_only():
    assert machine_date("20210205") == "2021-02-05"
    assert machine_date(" 20210205083000 ") == "2021-02-05"
    assert first_date("20210205") is None
    assert machine_date("1612514400") is None


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.text(alphabet="0123456789-/.:T 年月日十二〇民國令和MayFeb,，", max_size=60))
def test_found_dates_lie_in_the_line_and_do_not_overlap(line):
    at = 0
    for one in find_dates(line):
        assert at <= one.start < one.end <= len(line)
        assert machine_date(one.iso) == one.iso or len(one.iso) == len("2021-02")
        at = one.end


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.dates())
def test_iso_dates_that_exist_come_back(day):
    if 1800 <= day.year <= 2199:
        assert first_date(f"（{day.isoformat()}）") == day.isoformat()
        assert first_date(f"发布于{day.year}年{day.month}月{day.day}日") == day.isoformat()
