// A rule whose every finding has what JSON and UTF-8 cannot hold: the mean of an empty window, and half of a character.

import { days, field, plugin, statistic, window } from "./vervet.js";

const half = "\uD800";

export const rule = plugin({
  name: "odd-javascript",
  version: "1.0.0",
  title: "Odd",
  description: "",
  alertType: "other",
  severity: "low",
  priority: "low",
  config: {},
  inputs: () => ({ amount: field("amount", "float"), mean: statistic("mean", "amount", window(days(1))) }),
  judge: (_config, { amount, mean }) => {
    if (amount > 1000) throw `${half} is too much`;
    return { title: `Odd ${half}`, score: mean, labels: [`odd ${half}`], info: { mean, name: half, [half]: [Infinity] } };
  },
});
