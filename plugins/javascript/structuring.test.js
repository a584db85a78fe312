import assert from "node:assert/strict";
import test from "node:test";

import { rule } from "./structuring.js";
import { batch } from "./testing.js";

const config = (given = {}) => rule.prepare(JSON.stringify(given)).prepared;
const seen = (...rows) => [
  batch.floats(rows.map(([amount]) => amount)),
  batch.integers(rows.map(([, count]) => count)),
  batch.floats(rows.map(([, , sum]) => sum)),
  batch.texts(rows.map(() => "EUR")),
];

test("the third amount near the limit is reported", () => {
  const rows = seen([9_500, 2, 18_000], [9_500, 1, 9_000], [10_000, 2, 18_000], [8_999, 2, 18_000]);
  const { findings, failures } = rule.evaluate(config(), 4, rows);
  assert.deepEqual(failures, []);
  assert.deepEqual(findings, [
    {
      row: 0,
      title: "3 amounts just below EUR 10,000.00 within 7 days, EUR 27,500.00 together",
      severity: null,
      priority: null,
      score: 2.75,
      labels: ["structuring"],
      info: "{}",
    },
  ]);
});

test("a configuration that makes no sense is refused with a sentence", () => {
  const refused = (given, says) => assert.throws(() => config(given), (fault) => fault === says);
  refused({ limit: 0 }, "config.limit: a limit is more than 0");
  refused({ margin: 1 }, "config.margin: a margin is a part of the limit, between 0 and 1");
  refused({ count: 1 }, "config.count: at least 2 transactions make a structure");
  refused({ days: 0 }, "config.days: at least 1 day is needed");
});

test("the inputs follow the configuration", () => {
  const { inputs } = rule.prepare(JSON.stringify({ days: 2, amount_field: "euros" }));
  const [amount, before] = inputs.map(({ source }) => source.val);
  assert.deepEqual(amount, { name: "euros", fieldType: "float" });
  assert.equal(before.window.lengthSeconds, 172_800);
  assert.deepEqual(before.window.conditions[0], {
    field: "euros",
    comparison: "greater-or-equal",
    operand: { tag: "number", val: 9_000 },
  });
});
