"""The binary COPY format: what is written is what PostgreSQL documents, and what is read is what was written."""

import datetime as dt
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sop import pgcopy

NUMBERS = ("bigint", "integer", "smallint", "double precision", "boolean", "date", pgcopy.VECTOR)


def test_a_row_is_written_as_the_manual_says():
    written = pgcopy.encode([(1, None)], [pgcopy.encoder("integer"), pgcopy.encoder("bigint")])
    assert written == b"PGCOPY\n\xff\r\n\x00" + bytes(8) + struct.pack(">hiiih", 2, 4, 1, -1, -1)


def test_a_vector_is_an_array_of_one_dimension():
    written = pgcopy.encoder(pgcopy.VECTOR)(np.array([1.5, -2.0]))
    head = struct.pack(">iiiii", 1, 0, 701, 2, 1)
    assert written == struct.pack(">i", 44) + head + struct.pack(">idid", 8, 1.5, 8, -2.0)


def test_days_and_moments_count_from_the_year_2000():
    assert pgcopy.encoder("date")(dt.date(2000, 1, 3)) == struct.pack(">ii", 4, 2)
    assert pgcopy.encoder("date")("2000-01-03") == struct.pack(">ii", 4, 2)
    moment = dt.datetime(2000, 1, 1, 0, 0, 1, tzinfo=dt.UTC)
    assert pgcopy.encoder("timestamp with time zone")(moment) == struct.pack(">iq", 8, 1_000_000)


def test_text_is_counted_in_bytes():
    assert pgcopy.encoder("varchar(20)")("Größe") == struct.pack(">i", 7) + "Größe".encode()


def test_what_is_not_known_is_left_to_the_text_format():
    assert pgcopy.encoder("jsonb") is None
    assert pgcopy.decoder("varchar(20)") is None


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
            st.integers(-(2**31), 2**31 - 1),
            st.integers(-(2**15), 2**15 - 1),
            st.floats(allow_nan=False),
            st.booleans(),
            st.dates(),
            arrays(np.float64, st.integers(0, 30), elements=st.floats()),
        ),
        max_size=5,
    )
)
def test_what_was_written_is_read_again(rows):
    file = pgcopy.encode(rows, [pgcopy.encoder(name) for name in NUMBERS])
    for piece in (len(file), 7):
        read = pgcopy.Rows([pgcopy.decoder(name) for name in NUMBERS])
        for start in range(0, len(file), piece):
            read.write(file[start : start + piece])
        assert [row[:6] for row in read.rows] == [row[:6] for row in rows]
        for ours, theirs in zip(rows, read.rows, strict=True):
            np.testing.assert_array_equal(ours[6], theirs[6])


BLOCK = ("bigint", "date", "double precision", pgcopy.VECTOR, pgcopy.VECTOR)


@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            st.dates(),
            st.floats(),
            *[arrays(np.float64, st.integers(0, 3), elements=st.floats()) for _ in range(2)],
        ),
        max_size=12,
        unique_by=lambda row: row[0],
    )
)
def test_rows_with_vectors_of_the_same_lengths_are_read_as_one_block(rows):
    file = pgcopy.encode(rows, [pgcopy.encoder(name) for name in BLOCK])
    wanted = {row[0]: row[1:] for row in rows}
    seen, lengths = [], []
    for keys, days, numbers, *vectors in pgcopy.decode_blocks(file, BLOCK):
        lengths.append(tuple(vector.shape[1] for vector in vectors))
        for at, key in enumerate(keys.tolist()):
            seen.append(key)
            assert days[at] == np.datetime64(wanted[key][0])
            np.testing.assert_array_equal(numbers[at], wanted[key][1])
            np.testing.assert_array_equal(vectors[0][at], wanted[key][2])
            np.testing.assert_array_equal(vectors[1][at], wanted[key][3])
    assert sorted(seen) == sorted(wanted)
    assert len(set(lengths)) == len(lengths)


ALIKE = (*NUMBERS[:2], "boolean", "double precision", "date", "timestamp with time zone", "varchar(9)", pgcopy.VECTOR)


@given(
    st.integers(1, 5).flatmap(
        lambda rows: st.tuples(
            arrays(np.int64, rows, elements=st.integers(-(2**63), 2**63 - 1)),
            st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)),
            arrays(np.bool_, rows),
            arrays(np.float64, rows, elements=st.floats(allow_nan=False)),
            arrays(np.int64, rows, elements=st.integers(-(10**5), 10**5)).map(
                lambda days: days.astype("datetime64[D]")
            ),
            st.datetimes(timezones=st.just(dt.UTC)),
            st.text(max_size=9).filter(str.isprintable),
            arrays(np.float64, st.tuples(st.just(rows), st.integers(1, 4)), elements=st.floats()),
        )
    )
)
def test_a_block_is_written_as_its_rows_are_one_by_one(columns):
    rows = zip(*(c if isinstance(c, np.ndarray) else [c] * len(columns[0]) for c in columns), strict=True)
    one_by_one = [[v.item() if isinstance(v, np.generic) else v for v in row] for row in rows]
    assert pgcopy.encode_block(columns, ALIKE) == pgcopy.encode(one_by_one, [pgcopy.encoder(name) for name in ALIKE])


def test_a_block_refuses_null():
    file = pgcopy.encode([(1, None)], [pgcopy.encoder("bigint"), pgcopy.encoder("integer")])
    with pytest.raises(ValueError, match="NULL"):
        list(pgcopy.decode_blocks(file, ("bigint", "integer")))
