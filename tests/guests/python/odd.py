"""A rule whose every finding has what JSON and UTF-8 cannot hold: the mean of an empty window, and half of a character."""

import vervet
from vervet import Finding, days, field, statistic, window

HALF = "\ud800"


class Rule(vervet.Rule):
    name, version, title, description = "odd-python", "1.0.0", "Odd", ""
    alert_type, severity, priority = "other", vervet.LOW, vervet.LOW

    def inputs(self, config):
        return {"amount": field("amount", "float"), "mean": statistic("mean", "amount", window(days(1)))}

    def judge(self, config, seen):
        if seen.amount > 1000:
            raise ValueError(f"{HALF} is too much")
        info = {"mean": seen.mean, "name": HALF, HALF: [float("inf")]}
        return Finding(f"Odd {HALF}", score=seen.mean, labels=[f"odd {HALF}"], info=info)
