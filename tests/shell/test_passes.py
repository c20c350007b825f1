"""The order of the stages: what stands between them, and is of none."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.packs import merged
from pipeline.passes import _outside
from stages.model import Span

LAW = settings(derandomize=True, deadline=None, max_examples=200)
PLACES = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda x: Span(min(x), max(x) + 1))


@LAW
@given(PLACES, st.lists(PLACES, max_size=6))
def test_what_cuts_leave_of_a_line_is_every_character_that_none_of_them_holds(line, cuts):
    left = {at for span in _outside(line, merged(cuts)) for at in range(span.start, span.end)}
    assert left == {at for at in range(line.start, line.end) if not any(c.start <= at < c.end for c in cuts)}


def test_only_the_cuts_that_touch_a_line_are_looked_at():
    looked = []

    class Cuts(list):
        def __getitem__(self, at):
            looked.append(at)
            return super().__getitem__(at)

    cuts = Cuts(Span(10 * n, 10 * n + 4) for n in range(1000))
    assert _outside(Span(5002, 5012), cuts) == [Span(5004, 5010)]
    assert len(looked) <= 16
