import json
import unittest

import vervet
from testing import booleans, floats, integers, rows, texts, times
from vervet import Finding, count, field, in_list, minutes, recent, statistic, where, window
from wit_world.exports import rule as contract


class Everything(vervet.Rule):
    """Asks for everything and says what it sees."""

    name, version, title, description = "everything", "1.0.0", "Everything", ""
    alert_type, severity = "other", vervet.LOW
    config = {"list": {"type": "string"}, "most": {"type": "integer", "default": 2}}

    def inputs(self, config):
        hour = window(minutes(60), where("channel", "==", "cash"), where("open", "!=", True), by="card", delay=60)
        return {
            "country": field("country", "text"),
            "born": field("born", "time"),
            "open": field("open", "boolean"),
            "cards": count(hour),
            "spread": statistic("standard deviation", "amount", hour),
            "before": recent({"country": "text", "amount": "float"}, config.most, hour),
            "listed": in_list("country", config.list),
        }

    def judge(self, config, seen):
        if seen.country == "":
            raise ValueError("the country is unknown")
        if seen.listed:
            info = vars(config) | vars(seen) | {"before": [vars(row) for row in seen.before]}
            return [Finding("Listed", severity=vervet.MEDIUM, priority=vervet.HIGH, info=info)]


class Library(unittest.TestCase):
    def test_columns_become_rows(self):
        plan = Everything().prepare('{"list": "länder"}')
        names = ["country", "born", "open", "cards", "spread", "before", "listed"]
        self.assertEqual([each.name for each in plan.inputs], names)
        columns = [
            texts("ÎR", "", "𝔅", "BE"),
            times(-(2**63), 0, 1_700_000_000_000_000, 0),
            booleans(True, True, False, False),
            integers(0, 1, 2, 2**62 + 1),
            floats(0, 1, 0.1, 0),
            rows([2, 0, 1, 0], texts("BE", "ÎR €", "NL"), floats(1.5, 2.5, 3.5)),
            booleans(True, True, True, False),
        ]
        said = Everything().evaluate(plan.prepared, 4, columns)
        self.assertEqual(said.failures, [contract.Failure(1, "ValueError: the country is unknown")])
        self.assertEqual([finding.row for finding in said.findings], [0, 2])
        first, last = said.findings
        self.assertEqual((first.severity, first.priority, first.score), (vervet.MEDIUM, vervet.HIGH, None))
        expect = {
            "list": "länder",
            "most": 2,
            "country": "ÎR",
            "born": None,
            "open": True,
            "cards": 0,
            "spread": 0.0,
            "before": [{"country": "BE", "amount": 1.5}, {"country": "ÎR €", "amount": 2.5}],
            "listed": True,
        }
        self.assertEqual(json.loads(first.info), expect)
        last = json.loads(last.info)
        self.assertEqual((last["country"], last["born"]), ("𝔅", 1_700_000_000_000_000))
        self.assertEqual(last["before"], [{"country": "NL", "amount": 3.5}])

    def test_the_plan_says_what_is_wanted(self):
        plan = Everything().prepare('{"list": "l", "most": 7}')
        sources = {each.name: each.source.value for each in plan.inputs}
        self.assertEqual(sources["born"], contract.Field("born", contract.FieldType.TIME))
        self.assertEqual(sources["listed"], contract.Membership("country", "l"))
        self.assertEqual(sources["cards"].statistic, contract.Statistic.COUNT)
        self.assertEqual(sources["spread"].statistic, contract.Statistic.STANDARD_DEVIATION)
        self.assertEqual(sources["before"].limit, 7)
        over = sources["spread"].window
        self.assertEqual((over.by, over.length_seconds, over.delay_seconds), ("card", 3_600, 60))
        operands = [condition.operand for condition in over.conditions]
        self.assertEqual(operands, [contract.Operand_Text("cash"), contract.Operand_Boolean(True)])

    def test_the_schema_asks_for_what_has_no_default(self):
        schema = json.loads(Everything().describe().config_schema)
        self.assertEqual((schema["required"], schema["additionalProperties"]), (["list"], False))

    def test_a_rule_may_want_nothing(self):
        class Always(Everything):
            config = {}

            def inputs(self, config):
                return {}

            def judge(self, config, seen):
                return Finding("Always")

        plan = Always().prepare("{}")
        self.assertEqual(len(Always().evaluate(plan.prepared, 3, []).findings), 3)

    def evaluate(self, *said):
        """What becomes of what a rule says: findings, or exceptions to raise."""
        said = list(said)

        class Saying(Everything):
            config = {}

            def inputs(self, config):
                return {}

            def judge(self, config, seen):
                next = said.pop(0)
                if isinstance(next, Exception):
                    raise next
                return next

        plan = Saying().prepare("{}")
        return Saying().evaluate(plan.prepared, len(said), [])

    def test_numbers_that_json_cannot_hold_cost_no_finding(self):
        nan, inf = float("nan"), float("inf")
        info = {"mean": nan, "most": inf, "least": -inf, "deep": [{"mean": nan}], "pair": (1.5, nan), nan: 1}
        said = self.evaluate(Finding("A", score=nan, info=info), Finding("B", score=-inf), Finding("C", score=0))
        self.assertEqual(said.failures, [])
        self.assertEqual([finding.score for finding in said.findings], [None, None, 0.0])
        expect = {"mean": None, "most": None, "least": None, "deep": [{"mean": None}], "pair": [1.5, None], "nan": 1}
        self.assertEqual(json.loads(said.findings[0].info), expect)

    def test_halves_of_surrogate_pairs_cost_no_finding(self):
        texts = ["\ud800", "a\udc00b", "\udc00\ud800", "𝔅 \\ud800 \\\ud800", "\ud835\udd05"]
        expect = ["\ufffd", "a\ufffdb", "\ufffd\ufffd", "𝔅 \\ud800 \\\ufffd", "𝔅"]
        findings = [Finding(text, labels=[text], info={"text": text, "list": [text], text + "!": 1}) for text in texts]
        said = self.evaluate(*findings, ValueError(texts[1]))
        for text, finding in zip(expect, said.findings, strict=True):
            self.assertEqual((finding.title, finding.labels), (text, [text]))
            self.assertEqual(json.loads(finding.info), {"text": text, "list": [text], text + "!": 1})
        self.assertEqual(said.failures, [contract.Failure(5, "ValueError: a\ufffdb")])
