// Several amounts just below a limit, within days: the same rule as plugins/rules/structuring.

import { count, days, field, plugin, sameAsCurrent, sum, where, window } from "./vervet.js";

export const rule = plugin({
  name: "structuring-javascript",
  version: "1.1.0",
  title: "Structuring",
  description: "Several transactions of a customer whose amounts lie just below a limit, within days.",
  alertType: "trx_aml_alert",
  severity: "high",
  priority: "medium",

  config: {
    limit: { type: "number", default: 10_000, description: "The limit that someone may want to stay below." },
    margin: {
      type: "number",
      default: 0.1,
      description: "How far below the limit an amount is still near it, as a part of it: 0.1 is a tenth.",
    },
    count: { type: "integer", default: 3, description: "From how many such transactions on they are reported." },
    days: { type: "integer", default: 7, description: "Within how many days." },
    amount_field: { type: "string", default: "amount", description: "The float field with the amount." },
    currency_field: {
      type: "string",
      default: "currency",
      description:
        "The string field with the currency; amounts of different currencies are not counted together.",
    },
  },

  check(config) {
    if (config.limit <= 0) return "config.limit: a limit is more than 0";
    if (config.margin <= 0 || config.margin >= 1)
      return "config.margin: a margin is a part of the limit, between 0 and 1";
    if (config.count < 2) return "config.count: at least 2 transactions make a structure";
    if (config.days < 1) return "config.days: at least 1 day is needed";
  },

  inputs(config) {
    const near = window(days(config.days), [
      where(config.amount_field, "greater-or-equal", floor(config)),
      where(config.amount_field, "less", config.limit),
      sameAsCurrent(config.currency_field),
    ]);
    return {
      amount: field(config.amount_field, "float"),
      near_before: count(near),
      near_before_sum: sum(config.amount_field, near),
      currency: field(config.currency_field, "text"),
    };
  },

  judge(config, seen) {
    const near = seen.amount >= floor(config) && seen.amount < config.limit;
    const transactions = seen.near_before + 1;
    if (!near || transactions < config.count) return null;
    const sum = seen.near_before_sum + seen.amount;
    return {
      title:
        `${transactions} amounts just below ${money(config.limit, seen.currency)} within ${config.days} days, ` +
        `${money(sum, seen.currency)} together`,
      score: sum / config.limit,
      labels: ["structuring"],
    };
  },
});

// The engine that rules run in knows no Intl.
const money = (amount, currency) =>
  `${currency} ${amount.toFixed(2).replace(/\B(?=(\d{3})+\.)/g, ",")}`.trimStart();

const floor = (config) => config.limit * (1 - config.margin);
