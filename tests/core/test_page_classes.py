"""The classes of paragraphs are those of jusText, however long the page is."""

import time
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from justext import core

from stages._page_classes import revised


@dataclass
class Paragraph:
    cf_class: str
    heading: bool
    text: str
    class_type: str = ""


PARAGRAPHS = st.lists(
    st.tuples(
        st.sampled_from(("good", "bad", "short", "short", "neargood")), st.booleans(), st.integers(1, 120)
    ),
    max_size=24,
)


@settings(derandomize=True, deadline=None, max_examples=2000)
@given(PARAGRAPHS)
def test_the_classes_are_those_of_the_library(rows):
    paragraphs = [Paragraph(of, heading, "x" * size) for of, heading, size in rows]
    core.revise_paragraph_classification(paragraphs)
    found = revised([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows])
    assert found == [paragraph.class_type for paragraph in paragraphs]


def test_a_hundred_thousand_short_headings_take_no_time():
    begin = time.process_time()
    assert set(revised(["short"] * 100_000, [True] * 100_000, [1] * 100_000)) == {"bad"}
    assert time.process_time() - begin < 10  # the library takes hours
