"""Dates are read as they stand, never guessed."""

import datetime as dt

import pytest
from babel.dates import format_date
from hypothesis import given, settings
from hypothesis import strategies as st

from stages._dates import find_dates, first_date, machine_date
from stages._months import MONTHS

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
    # Chinese numerals
    ("二零二一年二月五日", "2021-02-05"),
    ("一九九九年十月一日", "1999-10-01"),
    ("二〇〇八年八月八日", "2008-08-08"),
    ("二〇二一年二月", "2021-02"),
    ("二〇二一年十一月三十日电", "2021-11-30"),
    ("二〇一二年一月二十一日", "2012-01-21"),
    # eras
    ("民國一百一十年二月五日", "2021-02-05"),
    ("民國一百年一月一日", "2011-01-01"),
    ("中華民國百年十月十日", "2011-10-10"),
    ("民國九十九年十二月三十一日", "2010-12-31"),
    ("民國一百零八年三月", "2019-03"),
    ("中华民国三十四年八月十五日", "1945-08-15"),
    ("令和三年二月五日", "2021-02-05"),
    ("令和元年5月1日", "2019-05-01"),
    ("昭和64年1月7日", "1989-01-07"),
    ("昭和二十年八月十五日", "1945-08-15"),
    ("明治45年7月29日", "1912-07-29"),
    ("大正１２年９月１日", "1923-09-01"),
    # times: halves of the day, weekdays between, full width, seconds, zones
    ("2021年2月5日 上午9:05", "2021-02-05T09:05"),
    ("2021年2月5日 晚上8:30", "2021-02-05T20:30"),
    ("2021年2月5日凌晨1:05", "2021-02-05T01:05"),
    ("2021年2月5日中午12:10", "2021-02-05T12:10"),
    ("2021年2月5日 下午12:10", "2021-02-05T12:10"),
    ("2021年2月5日(金) 午後3時05分", "2021-02-05T15:05"),
    ("2021年2月5日 午前0:30", "2021-02-05T00:30"),
    ("2021.02.05 오전 12:30", "2021-02-05T00:30"),
    ("2021년 2월 5일 (금) 15:04", "2021-02-05T15:04"),
    ("2021년 2월 5일 오후 3시 04분", "2021-02-05T15:04"),
    ("2021年2月5日 星期五 08:30", "2021-02-05T08:30"),
    ("2021年2月5日（周五）08:30", "2021-02-05T08:30"),
    ("2021年2月5日8时30分15秒", "2021-02-05T08:30:15"),
    ("２０２１／０２／０５　０８：３０", "2021-02-05T08:30"),
    ("2021-02-05T08:30:00+08", "2021-02-05T08:30:00+08:00"),
    ("Fri, 05 Feb 2021 08:30:00 GMT", "2021-02-05T08:30:00Z"),
    ("發布日期：2021/2/5 08:30", "2021-02-05T08:30"),
    ("2021. 2. 5. 오후 3:04", "2021-02-05T15:04"),
    # one reading only
    ("15/02/2021", "2021-02-15"),
    ("02/15/2021", "2021-02-15"),
    ("15-02-2021 10:30", "2021-02-15T10:30"),
    ("05/05/2021", "2021-05-05"),
    # the rest of the world: more in the law against CLDR below
    ("5 февраля 2021 г., 10:30", "2021-02-05T10:30"),
    ("Опубліковано 5 лютого 2021 р.", "2021-02-05"),
    ("5 de fevereiro de 2021 às 10h30", "2021-02-05T10:30"),
    ("5 febbraio 2021 alle 10:30", "2021-02-05T10:30"),
    ("5. února 2021", "2021-02-05"),
    ("5 lutego 2021", "2021-02-05"),
    ("5 Şubat 2021", "2021-02-05"),
    ("5 ŞUBAT 2021", "2021-02-05"),
    ("5 İyun 2021", "2021-06-05"),
    ("ngày 05 tháng 02 năm 2021", "2021-02-05"),
    ("5 Februari 2021 pukul", "2021-02-05"),
    ("5 فبراير، 2021", "2021-02-05"),
    ("٥ فبراير ٢٠٢١", "2021-02-05"),
    ("۵ فوریه ۲۰۲۱", "2021-02-05"),
    ("५ फ़रवरी २०२१", "2021-02-05"),
    ("5 กุมภาพันธ์ 2564", "2021-02-05"),
    ("5 กุมภาพันธ์ ค.ศ. 2021", "2021-02-05"),
    ("2021. február 5.", "2021-02-05"),
    ("2021 m. vasario 5 d.", "2021-02-05"),
    ("2021. gada 5. februāris", "2021-02-05"),
    ("5-fevral, 2021", "2021-02-05"),
    ("1er mars 2021", "2021-03-01"),
    ("1º de maio de 2021", "2021-05-01"),
    ("5. jänner 2021", "2021-01-05"),
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
    "新华社北京2月29日电",  # dateparser: a day of this year
    "（记者江一帆）2月5日上午",
    "农历二〇二一年二月初五",  # another calendar
    "农历2021年2月5日",
    "二〇二一年正月初五",
    "平成31年13月1日",
    "平成32年1月1日",  # the era had ended
    "昭和65年1月1日",
    "110年2月5日",  # of which era?
    "21年2月5日",
    "二一年二月五日",
    "2月5日 2021",  # what is 2021 here?
    "05-02-2021",
    "12/12/21",
    "31/04/2021",
    "2021年",
    "2021",
    "room 2021 on 5 May",
    "3 out 2021",
    "5 listopada 2021",  # November in Polish, October in Croatian
    "5 مرداد 1400",  # another calendar
    "5 กุมภาพันธ์ 64",
    "Posted 5 hours ago",
    "yesterday, 2021",
    "Issue 12, 2021",
    "1234 5678 2021",
    "192.168.2021.5",
    "第2021-02期",
]
#: What is left of a line whose time is open: the day.
DAY_ONLY = [
    "2021年2月5日 25:30",
    "2021年2月5日 上午12:30",  # noon or midnight
    "2021年2月5日 晚上12:30",
    "2021年2月5日 下午0:30",
    "2021年2月5日15时",
    "2021年2月5日 5月",
    "2021-02-05 8:5",
]


@pytest.mark.parametrize(("line", "iso"), READ)
def test_a_date_with_a_year_is_read_as_precisely_as_it_stands(line, iso):
    assert first_date(line) == iso


@pytest.mark.parametrize("line", UNREAD)
def test_a_date_without_a_year_or_that_does_not_exist_stays_none(line):
    assert first_date(line) is None


@pytest.mark.parametrize("line", DAY_ONLY)
def test_a_time_that_does_not_exist_or_is_open_leaves_the_day(line):
    assert first_date(line) == "2021-02-05"


LOCALES = """af ar az be bg bn bs ca cs da de el en es et eu fa fi fil fr gl he hi hr hu hy id is it ka kk lt lv mk ms nb
nl nn pl pt ro ru sk sl sq sr sv sw ta th tr uk ur uz vi zh ja ko"""


@pytest.mark.parametrize("locale", LOCALES.split())
def test_the_long_date_of_every_language_of_cldr_is_read(locale):
    for month in range(1, 13):
        day = dt.date(2021, month, 5)
        text = format_date(day, "long", locale)
        want = None if "listopada" in text else day.isoformat()
        assert first_date(text) == want, text
        assert first_date(f"({text})") == want, text


def test_no_name_of_a_month_has_two_meanings():
    assert not {"listopad", "srp", "lip", "lis"} & MONTHS.keys()
    assert set(MONTHS.values()) == set(range(1, 13))


def test_dates_come_in_the_order_of_the_line():
    found = find_dates("始于2019年1月2日，至2020-03-04止，见 5 May 2021")
    assert [one.iso for one in found] == ["2019-01-02", "2020-03-04", "2021-05-05"]


def test_compact_dates_are_read_in_machine_fields_only():
    assert machine_date("20210205") == "2021-02-05"
    assert machine_date(" 20210205083000 ") == "2021-02-05"
    assert first_date("20210205") is None
    assert machine_date("1612514400") is None
    assert machine_date("20210205T083000Z") == "2021-02-05"


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
