"""Several amounts just below a limit, within days: the same rule as plugins/rules/structuring."""

import vervet
from vervet import Finding, count, days, field, same_as_current, total, where, window


class Rule(vervet.Rule):
    name = "structuring-python"
    version = "1.1.0"
    title = "Structuring"
    description = "Several transactions of a customer whose amounts lie just below a limit, within days."
    alert_type = "trx_aml_alert"
    severity = vervet.HIGH

    config = {
        "limit": {
            "type": "number",
            "default": 10_000,
            "description": "The limit that someone may want to stay below.",
        },
        "margin": {
            "type": "number",
            "default": 0.1,
            "description": "How far below the limit an amount is still near it, as a part of it: 0.1 is a tenth.",
        },
        "count": {
            "type": "integer",
            "default": 3,
            "description": "From how many such transactions on they are reported.",
        },
        "days": {"type": "integer", "default": 7, "description": "Within how many days."},
        "amount_field": {
            "type": "string",
            "default": "amount",
            "description": "The float field with the amount.",
        },
        "currency_field": {
            "type": "string",
            "default": "currency",
            "description": "The string field with the currency; amounts of different currencies are not counted together.",
        },
    }

    def check(self, config):
        if config.limit <= 0:
            return "config.limit: a limit is more than 0"
        if not 0 < config.margin < 1:
            return "config.margin: a margin is a part of the limit, between 0 and 1"
        if config.count < 2:
            return "config.count: at least 2 transactions make a structure"
        if config.days < 1:
            return "config.days: at least 1 day is needed"

    def inputs(self, config):
        near = window(
            days(config.days),
            where(config.amount_field, ">=", floor(config)),
            where(config.amount_field, "<", config.limit),
            same_as_current(config.currency_field),
        )
        return {
            "amount": field(config.amount_field, "float"),
            "near_before": count(near),
            "near_before_sum": total(config.amount_field, near),
            "currency": field(config.currency_field, "text"),
        }

    def judge(self, config, seen):
        near = floor(config) <= seen.amount < config.limit
        transactions = seen.near_before + 1
        if near and transactions >= config.count:
            together = seen.near_before_sum + seen.amount
            return Finding(
                f"{transactions} amounts just below {money(config.limit, seen.currency)} "
                f"within {config.days} days, {money(together, seen.currency)} together",
                score=together / config.limit,
                labels=["structuring"],
            )


def money(amount, currency):
    return f"{currency} {amount:,.2f}".lstrip()


def floor(config):
    return config.limit * (1 - config.margin)
