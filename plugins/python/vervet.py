"""What a rule in Python needs to speak with Vervet.

A class that describes the rule becomes the exports of the contract, columns become rows, and what the rule says of each
row becomes the verdict. A rule says

- `name`, `version`, `title`, `description`, `alert_type`, `severity`, `priority`: the manifest;
- `config`: the members of the configuration, each a JSON Schema; one without `default` must be given;
- `check(config)`: a sentence where the configuration makes no sense;
- `inputs(config)`: what it wants to see of each transaction, by name;
- `judge(config, seen)`: a finding, several, or nothing; it raises where it cannot judge.

Members of a configuration and inputs are read as attributes: `config.limit`, `seen.amount`.

What JSON and UTF-8 cannot hold does not cost a finding: a score that is no finite number is left out, such a number in
`info` becomes null, and half of a surrogate pair becomes U+FFFD.
"""

import json
import math
import re
from dataclasses import dataclass, field as member
from types import SimpleNamespace

from componentize_py_types import Err
from wit_world.exports import rule as contract
from wit_world.imports import types

LOW, MEDIUM, HIGH = types.Level
UNKNOWN_TIME = -(2**63)
"""All other times are microseconds since 1970."""


@dataclass
class Finding:
    """What a rule says of a transaction. `info` becomes a JSON object."""

    title: str
    severity: types.Level | None = None
    priority: types.Level | None = None
    score: float | None = None
    labels: list[str] = member(default_factory=list)
    info: dict = member(default_factory=dict)


def minutes(count):
    return count * 60


def days(count):
    return count * 86_400


def field(name, field_type):
    """A field of the transaction itself: "text", "float", "integer", "boolean" or "time"."""
    return contract.Source_Field(_field(name, field_type))


def window(seconds, *conditions, by="customer_id", delay=0):
    """Earlier transactions of the same customer, or of the same `by`, within so many seconds."""
    return contract.Window(by, int(seconds), int(delay), list(conditions))


def where(name, comparison, value):
    """A condition of a window: `where("amount", "<", 10)`."""
    if isinstance(value, bool):
        operand = contract.Operand_Boolean(value)
    elif isinstance(value, str):
        operand = contract.Operand_Text(value)
    else:
        operand = contract.Operand_Number(float(value))
    return contract.Condition(name, _COMPARISONS[comparison], operand)


def same_as_current(name):
    """A condition of a window: the field is what it is in the transaction that is judged."""
    return contract.Condition(name, contract.Comparison.EQUAL, contract.Operand_Current(name))


def statistic(which, name, window):
    """A statistic: "count", "sum", "mean", "minimum", "maximum", "standard deviation" or "distinct"."""
    which = contract.Statistic[which.replace(" ", "_").upper()]
    return contract.Source_Aggregate(contract.Aggregate(which, name, window))


def count(window):
    return statistic("count", "", window)


def total(name, window):
    return statistic("sum", name, window)


def recent(fields, limit, window):
    """The newest rows of a window, newest first; `fields` are types by name: `{"amount": "float"}`."""
    fields = [_field(name, field_type) for name, field_type in fields.items()]
    return contract.Source_Recent(contract.Recent(fields, limit, window))


def in_list(name, list_name):
    """Whether the tenant's list holds the field's text."""
    return contract.Source_Membership(contract.Membership(name, list_name))


class Rule:
    """To be derived from by a class of the same name, which is what becomes the plugin."""

    priority = MEDIUM
    config = {}

    def describe(self):
        schema = {
            "type": "object",
            "properties": self.config,
            "required": [name for name, schema in self.config.items() if "default" not in schema],
            "additionalProperties": False,
        }
        return contract.Manifest(
            self.name,
            self.version,
            self.title,
            self.description,
            json.dumps(schema),
            self.alert_type,
            self.severity,
            self.priority,
        )

    def prepare(self, config):
        defaults = {name: schema["default"] for name, schema in self.config.items() if "default" in schema}
        config = SimpleNamespace(**(defaults | json.loads(config)))
        if fault := self.check(config):
            raise Err(fault)
        inputs = [contract.Input(name, source) for name, source in self.inputs(config).items()]
        return contract.Plan(inputs, json.dumps(vars(config)).encode())

    def evaluate(self, prepared, count, inputs):
        config = SimpleNamespace(**json.loads(prepared))
        sources = self.inputs(config).items()
        columns = {name: _column(source, values) for (name, source), values in zip(sources, inputs, strict=True)}
        verdict = contract.Verdict([], [])
        for row in range(count):
            try:
                said = self.judge(config, SimpleNamespace(**{name: column[row] for name, column in columns.items()}))
                said = [said] if isinstance(said, Finding) else said or []
                verdict.findings += [_finding(row, finding) for finding in said]
            except Exception as error:
                verdict.failures.append(contract.Failure(row, _text(f"{type(error).__name__}: {error}")))
        return verdict

    def check(self, config):
        return None


_COMPARISONS = dict(zip(("==", "!=", "<", "<=", ">", ">="), contract.Comparison))


def _field(name, field_type):
    return contract.Field(name, contract.FieldType[field_type.upper()])


def _finding(row, said):
    score = None if said.score is None else _number(float(said.score))
    labels = [_text(label) for label in said.labels]
    info = json.dumps(_plain(said.info), allow_nan=False)
    return contract.Finding(row, _text(said.title), said.severity, said.priority, score, labels, info)


def _plain(value):
    """The same value, as JSON can hold it."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        return {_plain_key(key): _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(member) for member in value]
    return value


def _plain_key(key):
    if isinstance(key, float) and not math.isfinite(key):
        return str(key)
    return _text(key) if isinstance(key, str) else key


def _number(number):
    return number if math.isfinite(number) else None


def _text(text):
    """The same text, with U+FFFD in the place of each half of a surrogate pair."""
    return text if text.isascii() else _SURROGATES.sub(_character, text)


# Not by a codec: in a component there are no files from which Python could load one.
_SURROGATES = re.compile("([\ud800-\udbff])([\udc00-\udfff])|[\ud800-\udfff]")


def _character(surrogates):
    high, low = surrogates.groups()
    if high is None:
        return "\ufffd"
    return chr(0x10000 + (ord(high) - 0xD800) * 0x400 + ord(low) - 0xDC00)


def _column(source, values):
    """An input's values, one for each row."""
    if isinstance(values, contract.Values_Column):
        return _values(values.value)
    names = [field.name for field in source.value.fields]
    columns = [_values(column) for column in values.value.columns]
    rows = [SimpleNamespace(**dict(zip(names, row))) for row in zip(*columns, strict=True)]
    return _split(rows, values.value.ends)


def _values(column):
    if isinstance(column, types.Column_Texts):
        return [text.decode() for text in _split(column.value.bytes, column.value.ends)]
    if isinstance(column, types.Column_Times):
        return [None if time == UNKNOWN_TIME else time for time in column.value]
    return column.value


def _split(sequence, ends):
    return [sequence[start:end] for start, end in zip([0, *ends], ends)]
