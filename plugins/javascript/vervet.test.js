import assert from "node:assert/strict";
import test from "node:test";

import { batch } from "./testing.js";
import { count, field, inList, minutes, plugin, recent, statistic, where, window } from "./vervet.js";

const hour = window(minutes(60), [where("channel", "equal", "cash"), where("open", "not-equal", true)], {
  by: "card",
  delay: 60,
});

/** A rule that asks for everything and says what it sees. */
const everything = plugin({
  name: "everything",
  config: { list: { type: "string" }, most: { type: "integer", default: 2 } },
  inputs: (config) => ({
    country: field("country", "text"),
    born: field("born", "time"),
    open: field("open", "boolean"),
    cards: count(hour),
    mean: statistic("mean", "amount", hour),
    before: recent({ country: "text", amount: "float" }, config.most, hour),
    listed: inList("country", config.list),
  }),
  judge(config, seen) {
    if (seen.country === "") throw "the country is unknown";
    return seen.listed ? { title: "Listed", severity: "low", priority: "high", info: { ...config, ...seen } } : [];
  },
});

test("columns become rows", () => {
  const { prepared, inputs } = everything.prepare('{"list": "länder"}');
  assert.deepEqual(inputs.map(({ name }) => name), ["country", "born", "open", "cards", "mean", "before", "listed"]);
  const before = batch.rows([2, 0, 1], [batch.texts(["BE", "ÎR €", "NL"]), batch.floats([1.5, 2.5, 3.5])]);
  const { findings, failures } = everything.evaluate(prepared, 3, [
    batch.texts(["ÎR", "", "𝔅"]),
    batch.times([-(2 ** 63), 0, 1_700_000_000_000_000]),
    batch.booleans([true, true, false]),
    batch.integers([0, 1, 2]),
    batch.floats([NaN, 1, 0.1]),
    before,
    batch.booleans([true, true, true]),
  ]);
  assert.deepEqual(failures, [{ row: 1, reason: "the country is unknown" }]);
  assert.deepEqual(findings.map(({ row }) => row), [0, 2]);
  assert.deepEqual(findings.map(({ severity, priority, score }) => [severity, priority, score]), [
    ["low", "high", null],
    ["low", "high", null],
  ]);
  const [first, last] = findings.map(({ info }) => JSON.parse(info));
  assert.deepEqual(first, {
    list: "länder",
    most: 2,
    country: "ÎR",
    born: null,
    open: true,
    cards: 0,
    mean: null,
    before: [
      { country: "BE", amount: 1.5 },
      { country: "ÎR €", amount: 2.5 },
    ],
    listed: true,
  });
  assert.equal(last.country, "𝔅");
  assert.equal(last.born, 1_700_000_000_000_000);
  assert.deepEqual(last.before, [{ country: "NL", amount: 3.5 }]);
});

test("the plan says what is wanted", () => {
  const { inputs } = everything.prepare('{"list": "l", "most": 7}');
  const of = (wanted) => inputs.find(({ name }) => name === wanted).source;
  assert.deepEqual(of("born"), { tag: "field", val: { name: "born", fieldType: "time" } });
  assert.deepEqual(of("listed"), { tag: "membership", val: { field: "country", listName: "l" } });
  assert.equal(of("cards").val.statistic, "count");
  assert.equal(of("before").val.limit, 7);
  const { by, lengthSeconds, delaySeconds, conditions } = of("mean").val.window;
  assert.deepEqual([by, lengthSeconds, delaySeconds], ["card", 3_600, 60]);
  assert.deepEqual(conditions.map(({ operand }) => operand), [
    { tag: "text", val: "cash" },
    { tag: "boolean", val: true },
  ]);
});

test("the schema asks for what has no default", () => {
  const schema = JSON.parse(everything.describe().configSchema);
  assert.deepEqual(schema.required, ["list"]);
  assert.equal(schema.additionalProperties, false);
});

/** A rule that says what its rows of a list are: findings, or errors to throw. */
const saying = (said) =>
  plugin({
    name: "saying",
    config: {},
    inputs: () => ({}),
    judge() {
      const next = said.shift();
      if (next instanceof Error) throw next;
      return next;
    },
  });

const evaluate = (said) => {
  const rule = saying([...said]);
  const { prepared } = rule.prepare("{}");
  return rule.evaluate(prepared, said.length, []);
};

test("numbers that JSON cannot hold cost no finding", () => {
  const { findings, failures } = evaluate([
    { title: "A", score: NaN, info: { mean: NaN, most: Infinity, least: -Infinity, deep: [{ mean: NaN }], sum: 1.5 } },
    { title: "B", score: Infinity },
    { title: "C", score: 0 },
  ]);
  assert.deepEqual(failures, []);
  assert.deepEqual(findings.map(({ score }) => score), [null, null, 0]);
  const expect = { mean: null, most: null, least: null, deep: [{ mean: null }], sum: 1.5 };
  assert.deepEqual(JSON.parse(findings[0].info), expect);
});

test("halves of surrogate pairs cost no finding", () => {
  const texts = ["\uD800", "a\uDC00b", "\uDC00\uD800", "𝔅 \\uD800 \\\uD800"];
  const expect = ["\uFFFD", "a\uFFFDb", "\uFFFD\uFFFD", "𝔅 \\uD800 \\\uFFFD"];
  const said = texts.map((text) => ({ title: text, labels: [text], info: { text, list: [text], [`${text}!`]: 1 } }));
  const { findings, failures } = evaluate([...said, new Error(texts[1])]);
  expect.forEach((text, index) => {
    const { title, labels, info } = findings[index];
    assert.deepEqual([title, labels], [text, [text]]);
    assert.deepEqual(JSON.parse(info), { text, list: [text], [`${text}!`]: 1 });
    // What crosses into the host is UTF-8, in which there are no halves.
    assert.equal(Buffer.from(info, "utf8").toString("utf8"), info);
  });
  assert.deepEqual(failures, [{ row: 4, reason: "Error: a\uFFFDb" }]);
});
