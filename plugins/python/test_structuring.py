import json
import unittest

from componentize_py_types import Err
from structuring import Rule
from testing import floats, integers, texts
from wit_world.exports import rule as contract


def prepared(**config):
    return Rule().prepare(json.dumps(config))


class Structuring(unittest.TestCase):
    def test_the_third_amount_near_the_limit_is_reported(self):
        amounts, counts = floats(9_500, 9_500, 10_000, 8_999), integers(2, 1, 2, 2)
        sums = floats(18_000, 9_000, 18_000, 18_000)
        said = Rule().evaluate(prepared().prepared, 4, [amounts, counts, sums, texts(*["EUR"] * 4)])
        title = "3 amounts just below EUR 10,000.00 within 7 days, EUR 27,500.00 together"
        finding = contract.Finding(0, title, None, None, 2.75, ["structuring"], "{}")
        self.assertEqual(said, contract.Verdict([finding], []))

    def test_a_configuration_that_makes_no_sense_is_refused_with_a_sentence(self):
        for config, says in [
            ({"limit": 0}, "config.limit: a limit is more than 0"),
            ({"margin": 1}, "config.margin: a margin is a part of the limit, between 0 and 1"),
            ({"count": 1}, "config.count: at least 2 transactions make a structure"),
            ({"days": 0}, "config.days: at least 1 day is needed"),
        ]:
            with self.assertRaises(Err) as refused:
                prepared(**config)
            self.assertEqual(refused.exception.value, says)

    def test_the_inputs_follow_the_configuration(self):
        amount, before, _, _ = prepared(days=2, amount_field="euros").inputs
        self.assertEqual(amount.source.value, contract.Field("euros", contract.FieldType.FLOAT))
        self.assertEqual(before.source.value.window.length_seconds, 172_800)
        at_least = before.source.value.window.conditions[0]
        floor = contract.Operand_Number(9_000.0)
        self.assertEqual(at_least, contract.Condition("euros", contract.Comparison.GREATER_OR_EQUAL, floor))
