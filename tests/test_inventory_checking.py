"""Cells of an inventory: what each means, what is wrong with a row, and what is said of it."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from inventories import FACTS, read, written

from tunewise.cases.case import MAX_NAME, check_facts, parse_case
from tunewise.cases.written import read_written
from tunewise.errors import UserError
from tunewise.inventories.checking import check_chunk
from tunewise.inventories.csv_injection import escape_formula
from tunewise.inventories.headers import Column, Header
from tunewise.inventories.raw import Cell, Encoder, RawChunk
from tunewise.inventories.rejects import Reject, RejectTally
from tunewise.inventories.values import quick_reader, value_of
from tunewise.knowledge.vocabulary import Fact, Vocabulary
from tunewise.reading import Document, parse_yaml
from tunewise.structure import Problems

COUNT = Fact(id="count", type="integer", label="count", maximum=10**9)
AMOUNT = Fact(id="amount", type="number", label="amount", unit="USD")
SHARE = Fact(id="share", type="share", label="share")
FLAG = Fact(id="flag", type="boolean", label="flag")
TEXT = Fact(id="text", type="text", label="text")
LEVEL = Fact(
    id="level", type="choice", label="level", values={"low": "low", "very_high": "very high"}
)
GAPS = Fact(id="gaps", type="set", label="gaps", values={"cost": "cost", "time_lost": "slow work"})
VOCABULARY = Vocabulary({f.id: f for f in (COUNT, AMOUNT, SHARE, FLAG, TEXT, LEVEL, GAPS)}, {})
EXAMPLE = Path(__file__).parent.parent / "examples" / "inventory.csv"


@pytest.mark.parametrize(
    ("fact", "cell", "value"),
    [
        (COUNT, "3000", 3000), (COUNT, "3,000", 3000), (COUNT, " 3 000 ", 3000), (COUNT, "3'000", 3000),
        (COUNT, "3.000", 3000), (COUNT, "3000.0", 3000), (COUNT, 3000.0, 3000), (COUNT, 3000, 3000),
        (COUNT, "12k", 12_000), (COUNT, "0", 0), (COUNT, "007", 7), (COUNT, "1.234.567", 1_234_567),
        (AMOUNT, "1.234,5", 1234.5), (AMOUNT, "1,234.5", 1234.5), (AMOUNT, "$5,000", 5000), (AMOUNT, 12.5, 12.5),
        (AMOUNT, "12,5", 12.5), (AMOUNT, 1.234, 1.234), (AMOUNT, "1.25", 1.25), (AMOUNT, "2.00", 2),
        (SHARE, "95%", 0.95), (SHARE, "95 %", 0.95), (SHARE, "95", 0.95), (SHARE, "0.95", 0.95), (SHARE, "0,95", 0.95),
        (SHARE, 0.95, 0.95), (SHARE, 95, 0.95), (SHARE, 99.9, 0.999), (SHARE, 1.0, 1), (SHARE, 1, 1), (SHARE, 0, 0),
        (SHARE, "100%", 1), (SHARE, ".5", 0.5), (SHARE, "0.0", 0),
        (FLAG, "Yes", True), (FLAG, "TRUE", True), (FLAG, "1", True), (FLAG, "y", True), (FLAG, 1, True),
        (FLAG, 1.0, True), (FLAG, True, True), (FLAG, "no", False), (FLAG, "F" "alse", False), (FLAG, "0", False),
        (FLAG, "N", False), (FLAG, 0, False), (FLAG, False, False),
        (TEXT, " openai/gpt-4o ", "openai/gpt-4o"), (TEXT, 4, "4"),
        (LEVEL, "very_high", "very_high"), (LEVEL, "Very High", "very_high"), (LEVEL, "VERY-HIGH", "very_high"),
        (LEVEL, "veryhigh", "very_high"), (LEVEL, " Low", "low"),
        (GAPS, "cost;time_lost", ("cost", "time_lost")), (GAPS, "Slow work | cost", ("cost", "time_lost")),
        (GAPS, "cost, cost,", ("cost",)), (GAPS, "cost\ntime lost", ("cost", "time_lost")), (GAPS, "none", ()),
        (GAPS, ("time_lost",), ("time_lost",)), (GAPS, (), ()), (GAPS, "None", ()),
    ],
)  # fmt: skip
def test_a_cell_means_what_people_mean(fact: Fact, cell: Cell, value: object) -> None:
    """Texts are read as people write them, typed cells as they are."""
    found = value_of(fact, cell)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("fact", list(VOCABULARY.values()), ids=lambda fact: fact.id)
@pytest.mark.parametrize(
    "cell", [None, "", "  ", "unknown", "N/A", "-", "?", "—", "#N/A", "tbd", "null", float("nan")]
)
def test_what_is_not_known_is_unknown(fact: Fact, cell: Cell) -> None:
    """Empty cells and the usual marks say that nothing is known, whatever the fact."""
    assert value_of(fact, cell) is None


@pytest.mark.parametrize(
    ("fact", "cell", "says"),
    [
        (COUNT, "3.5", "whole number"), (COUNT, 3.5, "whole number"), (COUNT, "-5", "out of range"),
        (COUNT, "2,000,000,000", "out of range"), (COUNT, 2_000_000_000, "out of range"), (COUNT, "many", "'many'"),
        (COUNT, True, "whole number"), (COUNT, float("inf"), "whole number"), (COUNT, "2026-01-02", "whole number"),
        (COUNT, "1,0000", "whole number"), (COUNT, "1.234,5", "whole number"), (COUNT, ("1", "2"), "a list of 2"),
        (COUNT, "5 apples", "'apples'"), (COUNT, "#REF!", "whole number"),
        (AMOUNT, "1.234", "can be read in two ways"), (AMOUNT, "€5", "number"),
        (SHARE, "1", "can be read in two ways"), (SHARE, "150%", "is above 100%"), (SHARE, 150, "is above 100%"),
        (SHARE, "1,234", "is above 100%"), (SHARE, -0.1, "out of range"),
        (FLAG, "maybe", "yes, no or unknown"), (FLAG, 2, "yes, no or unknown"), (FLAG, "none", "yes, no or unknown"),
        (TEXT, "x" * 201, "200 characters"), (TEXT, True, "text"),
        (LEVEL, "hihg", "unknown value 'hihg'"), (LEVEL, "l", "unknown value"), (LEVEL, "very", "unknown value"),
        (LEVEL, "very hihg", "did you mean 'very_high'?"), (LEVEL, 3, "unknown value '3'"), (LEVEL, "***", "unknown"),
        (LEVEL, "none", "unknown value 'none'"), (LEVEL, "low, very high", "unknown value"),
        (GAPS, "cost; tmie_lost", "did you mean 'time_lost'?"), (GAPS, ("cost", "x"), "unknown value 'x'"),
        (GAPS, "x" * 200_000, "131,072 characters"), (LEVEL, "low\0", "NUL"), (GAPS, ("cost\0",), "NUL"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_only_in_two_ways_is_refused(
    fact: Fact, cell: Cell, says: str
) -> None:
    """Nothing is guessed: the sentence says what was expected, or the nearest right value."""
    with pytest.raises(ValueError, match=r".") as refused:
        value_of(fact, cell)
    assert says in str(refused.value)
    assert len(str(refused.value)) < 300


@example("00.50", SHARE)
@example("1,000", COUNT)
@example("12345678901234567890", COUNT)
@example("9.999", AMOUNT)
@given(
    st.one_of(
        st.text("0123456789.,", max_size=18),
        st.integers(-(10**13), 10**13),
        st.integers(0, 10**13).map("{:,}".format),
        st.decimals(0, 10**6, places=2).map(str),
    ),
    st.sampled_from([COUNT, AMOUNT, SHARE]),
)
def test_the_quick_way_agrees_with_the_thorough_one(cell: Cell, fact: Fact) -> None:
    """A number that is read the quick way has the value and type that it has otherwise."""
    quick = quick_reader(fact)(cell)
    if quick is not None:
        found = value_of(fact, cell)
        assert (quick, type(quick)) == (found, type(found))


def chunk(**columns: list[Cell]) -> RawChunk:
    """Return a chunk with these columns, each named after its fact."""
    encoded = []
    for cells in columns.values():
        encoder = Encoder()
        encoder.add(cells)
        encoded.append(encoder.column())
    roles: Any = {"name": "case", "tags": "case", "owner": "case"}
    header = Header(
        tuple(Column(i, name, roles.get(name, "fact"), name) for i, name in enumerate(columns))
    )
    rows = len(next(iter(columns.values())))
    return RawChunk(header, np.arange(1, rows + 1, dtype=np.int64), tuple(encoded))


def test_equal_values_have_one_code_however_they_are_written() -> None:
    """3000, 3,000 and 3000.0 are one value; True and 1 stay apart until a fact is asked."""
    column = [3000, "3,000", 3000.0, "3000", None, "3k"]
    table = check_chunk(chunk(count=column), VOCABULARY).facts
    assert table.columns["count"].values == (3000,)
    assert table.columns["count"].codes.tolist() == [0, 0, 0, 0, -1, 0]
    encoder = Encoder()
    encoder.add([True, 1, 1.0, "1"])
    encoder.add(["1", 1])
    assert [repr(cell) for cell in encoder.column().cells] == ["True", "1", "1.0", "'1'"]
    assert encoder.column().codes.tolist() == [0, 1, 2, 3, 3, 1]


def test_all_problems_of_a_row_are_named_in_order() -> None:
    """Row by row, and in each in the order of the columns, with what would be right; the rest goes on."""
    found = check_chunk(
        chunk(
            name=["A", "B", "C"], level=["low", "lwo", "low"], count=["x", "-1", 3], flag=[1, 2, 0]
        ),
        VOCABULARY,
    )
    assert [(r.row, r.column, r.value, r.allowed) for r in found.rejects] == [
        (1, "count", "x", "a whole number from 0 to 1,000,000,000"),
        (2, "level", "lwo", "low, very_high"),
        (2, "count", "-1", "a whole number from 0 to 1,000,000,000"),
        (2, "flag", "2", "yes, no"),
    ]
    assert found.rejects[1].reason == "unknown value 'lwo'; did you mean 'low'?"
    assert (found.read, found.accepted, found.rejected) == (3, 1, 2)
    assert (found.names, found.rows.tolist()) == (("C",), [3])
    assert found.facts.facts(0) == {"level": "low", "count": 3, "flag": False}
    assert list(found.facts.columns) == ["count", "flag", "level"]


def test_what_a_reject_says_apart_is_not_said_twice() -> None:
    """The reason leaves the value and the list of those that are allowed to the columns for them."""
    (reject,) = check_chunk(chunk(count=["-50"]), VOCABULARY).rejects
    assert (reject.value, reject.reason) == (
        "-50", "out of range: expected a whole number from 0 to 1,000,000,000"
    )  # fmt: skip
    (reject,) = check_chunk(chunk(level=["purple"]), VOCABULARY).rejects
    assert (reject.reason, reject.allowed) == ("unknown value 'purple'", "low, very_high")


def test_a_checked_chunk_can_be_handed_on() -> None:
    """What a worker finds can be pickled."""
    found = check_chunk(chunk(name=["A", "B"], level=["low", "x"]), VOCABULARY)
    again = pickle.loads(pickle.dumps(found))
    assert (again.names, again.rejects) == (found.names, found.rejects)


def test_cases_without_a_name_are_called_by_their_row() -> None:
    """An empty name, or no column of names, is no problem; equal names are none either."""
    found = check_chunk(chunk(name=["A", " ", None, "A"], count=[1, 2, 3, 4]), VOCABULARY)
    assert found.names == ("A", "row 2", "row 3", "A")
    assert check_chunk(chunk(count=[1, 2]), VOCABULARY).names == ("row 1", "row 2")


def test_the_case_has_columns_of_its_own() -> None:
    """Owner and tags are read, tags parted as sets are; a name past the bound rejects its row."""
    names: list[Cell] = ["A", "B" * (MAX_NAME + 1), 7]
    found = check_chunk(
        chunk(name=names, owner=[" Ops ", "", None], tags=["a; b,c", "", ("d", "e")]), VOCABULARY
    )
    assert (found.names, found.owners) == (("A", "7"), ("Ops", ""))
    assert found.tags == (("a", "b", "c"), ("d", "e"))
    assert found.descriptions == ("", "")
    assert found.rejects[0].reason == "has 20,001 characters"


def test_a_chunk_may_have_no_right_row_or_no_wrong_one() -> None:
    """Empty tables are tables."""
    wrong = check_chunk(chunk(name=["A"], count=["x"]), VOCABULARY)
    assert (wrong.accepted, wrong.facts.rows, wrong.names) == (0, 0, ())
    right = check_chunk(chunk(name=["A"]), VOCABULARY)
    assert (right.rejected, right.facts.columns, right.rejects) == (0, {}, ())


def answers() -> st.SearchStrategy[dict[str, Any]]:
    """Return facts as a case file states them, right and wrong ones."""
    values = {
        "count": st.sampled_from([0, 3, 3.0, 3.5, -1, None, "unknown", "3,000"]),
        "amount": st.sampled_from([0.5, 10**13, "1.5", None]),
        "share": st.sampled_from([0.5, 1, -1, "50%", ""]),
        "flag": st.sampled_from([True, False, "yes", "no", None]),
        "text": st.sampled_from(["a/b", " a ", "x" * 300, None]),
        "level": st.sampled_from(["low", "very_high", "lwo", None]),
        "gaps": st.sampled_from([["cost"], [], ["time_lost", "cost"], ["x"], None]),
    }
    return st.fixed_dictionaries({}, optional=values)


@settings(max_examples=60)
@given(st.lists(answers(), min_size=1, max_size=5))
def test_an_inventory_and_a_case_file_agree(cases: list[dict[str, Any]]) -> None:
    """A case has the same facts alone as in a table, and is refused in both or in neither."""
    columns: dict[str, list[Cell]] = {"name": [f"case {i}" for i in range(len(cases))]}
    for id in VOCABULARY:
        cells = [case.get(id) for case in cases]
        columns[id] = [tuple(cell) if isinstance(cell, list) else cell for cell in cells]
    found = check_chunk(chunk(**columns), VOCABULARY)
    facts = {row: found.facts.facts(i) for i, row in enumerate(found.rows.tolist())}
    for row, case in enumerate(cases, 1):
        problems = Problems(Document("case", case))
        alone = check_facts(case, VOCABULARY, problems)
        assert (row in facts) == (not problems.found)
        if row in facts:
            assert facts[row] == alone
    assert len(found.rejects) >= found.rejected


@pytest.mark.parametrize(
    ("written_value", "value"), [('"95%"', 0.95), ("95%", 0.95), ("0.95", 0.95), ('"0,95"', 0.95)]
)
def test_case_files_take_numbers_as_people_write_them(written_value: str, value: object) -> None:
    """A share in percent and a count with thousands separators stand in a case file as in a table."""
    text = f"name: A\nfacts: {{accuracy_target: {written_value}, training_examples: '3,000'}}\n"
    case = parse_case(parse_yaml(text, "case.yaml"), FACTS)
    assert case.facts == {"accuracy_target": value, "training_examples": 3000}
    with pytest.raises(UserError, match=r"'1\.234' can be read in two ways"):
        parse_case(parse_yaml("name: A\nfacts: {requests_per_month: '1.234'}", "x.yaml"), FACTS)


def test_a_reject_is_one_line_however_wild_its_cell(tmp_path: Path) -> None:
    """Line ends, escapes and long texts are shown harmlessly, and the column is named as the file does."""
    cell = "\x1b[31m" + "long\n" * 100
    path = written(tmp_path, "x.json", json.dumps([{"Project Stage": cell}]))
    (reject,) = read(path).rejects
    assert reject.column == "Project Stage"
    assert reject.value.isprintable()
    assert reject.reason.isprintable()
    assert len(reject.value) == 200


def test_percents_above_all_are_one_reason(tmp_path: Path) -> None:
    """Whatever stood there: the value has a column of its own."""
    path = tmp_path / "register.csv"
    path.write_text("name,accuracy_target\nA,150%\nB,101 %\nC,200\n", "utf-8")
    rejects = read(path).rejects
    assert [(r.value, r.reason) for r in rejects] == [
        (value, "above 100%") for value in ("150%", "101 %", "200")
    ]
    tally = RejectTally()
    tally.add(rejects)
    assert [reason.count for reason in tally.reasons()] == [3]


def test_rejects_are_counted_by_reason() -> None:
    """The most frequent comes first, with its first row; rejects can be added as they come."""
    tally = RejectTally()
    tally.add([Reject(1, "count", "x", "expected a number, found 'x'", "a number")])
    tally.add([Reject(2, "level", "lwo", "unknown value 'lwo'", "low")])
    tally.add(
        [
            Reject(9_000, "level", "?!", "unknown value '?!'", "low"),
            Reject(9_001, "", "", "is broken", ""),
            Reject(9_002, "", "", "has 3 cells, the header 2", ""),
            Reject(9_003, "", "", "has 5 cells, the header 2", ""),
            Reject(9_004, "count", "9", "out of range: a number", "a number"),
        ]
    )
    assert [str(reason) for reason in tally.reasons()] == [
        "level: 2 times, first in row 2: unknown value 'lwo'",
        "2 times, first in row 9,002: has 3 cells, the header 2",
        "count: once in row 1: expected a number, found 'x'",
        "once in row 9,001: is broken",
        "count: once in row 9,004: out of range: a number",
    ]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"), ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("\n=1", "'\n=1"), ("  =1", "'  =1"), ("＝1+1", "'＝1+1"),
        ("+49 170 1", "'+49 170 1"), ("-5", "-5"), ("+5.25", "+5.25"), ("-1,000.5", "-1,000.5"), ("-3e5", "-3e5"),
        ("-5%", "-5%"), ("-", "-"), ("=", "="), ("", ""), ("a=b", "a=b"), ("'=1", "'=1"), ("5-3", "5-3"),
    ],
)  # fmt: skip
def test_cells_that_start_like_a_formula_are_neutralised(text: str, safe: str) -> None:
    """An apostrophe makes a text of them; numbers and lone signs stay."""
    assert escape_formula(text) == safe


@given(st.text("=+-@\t\r\n 1a.%", max_size=8))
def test_a_neutral_cell_is_no_formula(text: str) -> None:
    """What comes out starts like a formula only where it is a number or a sign alone."""
    bare = escape_formula(text).lstrip(" ")
    if bare[:1] and bare[0] in "=+-@\t\r\n" and len(bare) > 1:
        assert bare[0] in "+-"
        assert set(bare[1:]) <= set("1.%")
    assert escape_formula(escape_formula(text)) == escape_formula(text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_alike_alone_and_in_a_table(text: str) -> None:
    """A table adds nothing to how texts are read, and crashes on none."""
    for fact in VOCABULARY.values():
        try:
            alone: object = read_written(fact, text)
        except ValueError as error:
            alone = str(error)
        found = check_chunk(chunk(**{fact.id: [text]}), VOCABULARY)
        if found.accepted:
            assert found.facts.facts(0).get(fact.id) == alone
        elif "\0" not in text:
            assert found.rejects[0].reason in str(alone)


def test_the_example_shows_real_mistakes() -> None:
    """Sixty use cases, headers in several ways, most rows right; each kind of mistake is named."""
    found = read(EXAMPLE)
    assert [chunk.read for chunk in found.chunks] == [60]
    assert len(found.rows) == 53
    assert not [c for c in found.inventory.header.columns if c.role != "fact" and not c.meaning]
    assert [(r.row, r.column) for r in found.rejects] == [
        (9, "What should the model do?"), (17, "target accuracy"), (23, ""), (31, "requests per month"),
        (38, "gaps"), (38, "training allowed"), (46, ""), (55, "What does a wrong answer do?"),
        (55, "labelled examples"), (55, "requests per month"), (55, "data residency"),
    ]  # fmt: skip
    unknown = [
        id for id in ("accuracy_target", "gap_kinds") if any(id not in f for f in found.facts)
    ]
    assert unknown == ["accuracy_target", "gap_kinds"]
