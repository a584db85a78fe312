"""Columns as the host sends them, for tests."""

from itertools import accumulate

from wit_world.exports import rule as contract
from wit_world.imports import types


def texts(*values):
    encoded = [value.encode() for value in values]
    ends = list(accumulate(map(len, encoded)))
    return _column(types.Column_Texts(types.Texts(b"".join(encoded), ends)))


def floats(*values):
    return _column(types.Column_Floats(list(map(float, values))))


def integers(*values):
    return _column(types.Column_Integers(list(values)))


def booleans(*values):
    return _column(types.Column_Booleans(list(values)))


def times(*values):
    return _column(types.Column_Times(list(values)))


def rows(lengths, *columns):
    """Of each transaction how many rows it has, and the columns of all rows."""
    return contract.Values_Rows(contract.Rows(list(accumulate(lengths)), [column.value for column in columns]))


def _column(values):
    return contract.Values_Column(values)
