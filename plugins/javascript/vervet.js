// What a rule in JavaScript needs to speak with Vervet: an object that describes the rule becomes the exports of the
// contract, columns become rows, and what the rule says of each row becomes the verdict.
//
// A rule is made of
//   name, version, title, description, alertType, severity, priority   the manifest
//   config              members of the configuration, each a JSON Schema; one without `default` must be given
//   check(config)       optional: answers a sentence where the configuration makes no sense
//   inputs(config)      what the rule wants to see of each transaction, by name
//   judge(config, seen) answers a finding, several, or nothing; throws where it cannot judge
//
// A finding is { title, severity?, priority?, score?, labels?, info? }. What JSON and UTF-8 cannot hold does not cost the
// finding: a score that is no finite number is left out, such a number in `info` becomes null, and half of a surrogate pair
// becomes U+FFFD.

/** Seconds, for windows. */
export const minutes = (count) => count * 60;
export const days = (count) => count * 86_400;

/** A field of the transaction itself: "text", "float", "integer", "boolean" or "time". */
export const field = (name, type) => ({ tag: "field", val: { name, fieldType: type } });

/** Earlier transactions of the same customer, or of the same `by`, within so many seconds. */
export const window = (seconds, conditions = [], { by = "customer_id", delay = 0 } = {}) => ({
  by,
  lengthSeconds: seconds,
  delaySeconds: delay,
  conditions,
});

/** A condition of a window: `where("amount", "less", 10)`; see `comparison` in wit/rule.wit. */
export const where = (field, comparison, value) => ({ field, comparison, operand: operand(value) });

/** A condition of a window: the field is what it is in the transaction that is judged. */
export const sameAsCurrent = (name) => ({
  field: name,
  comparison: "equal",
  operand: { tag: "current", val: name },
});

/** A statistic over a window: "sum", "mean", "minimum", "maximum", "standard-deviation", "distinct". */
export const statistic = (statistic, field, window) => ({ tag: "aggregate", val: { statistic, field, window } });
export const count = (window) => statistic("count", "", window);
export const sum = (field, window) => statistic("sum", field, window);

/** The newest rows of a window, newest first; `fields` are types by name: `{ amount: "float" }`. */
export const recent = (fields, limit, window) => ({
  tag: "recent",
  val: { fields: Object.entries(fields).map(([name, fieldType]) => ({ name, fieldType })), limit, window },
});

/** Whether the tenant's list holds the field's text. */
export const inList = (field, listName) => ({ tag: "membership", val: { field, listName } });

/** The exports of a rule: `export const rule = plugin({ … })`. */
export function plugin(rule) {
  const { config: properties, check = () => undefined, inputs, judge } = rule;
  return {
    describe: () => ({
      name: rule.name,
      version: rule.version,
      title: rule.title,
      description: rule.description,
      configSchema: JSON.stringify({
        type: "object",
        properties,
        required: Object.keys(properties).filter((name) => properties[name].default === undefined),
        additionalProperties: false,
      }),
      alertType: rule.alertType,
      severity: rule.severity,
      priority: rule.priority,
    }),

    prepare(json) {
      const config = JSON.parse(json);
      for (const [name, { default: value }] of Object.entries(properties)) {
        if (config[name] === undefined && value !== undefined) config[name] = value;
      }
      const fault = check(config);
      if (fault) throw fault;
      return {
        inputs: Object.entries(inputs(config)).map(([name, source]) => ({ name, source })),
        prepared: encode(JSON.stringify(config)),
      };
    },

    evaluate(prepared, count, columns) {
      const config = JSON.parse(decode(prepared));
      const readers = Object.entries(inputs(config)).map(([name, source], index) => [
        name,
        reader(source, columns[index]),
      ]);
      const verdict = { findings: [], failures: [] };
      for (let row = 0; row < count; row++) {
        try {
          const seen = Object.fromEntries(readers.map(([name, read]) => [name, read(row)]));
          verdict.findings.push(...[judge(config, seen) ?? []].flat().map((said) => finding(row, said)));
        } catch (error) {
          verdict.failures.push({ row, reason: wellFormed(String(error)) });
        }
      }
      return verdict;
    },
  };
}

function operand(value) {
  switch (typeof value) {
    case "string":
      return { tag: "text", val: value };
    case "boolean":
      return { tag: "boolean", val: value };
    default:
      return { tag: "number", val: value };
  }
}

function finding(row, { title, severity = null, priority = null, score = null, labels = [], info = {} }) {
  return {
    row,
    title: wellFormed(title),
    severity,
    priority,
    score: Number.isFinite(score) ? score : null,
    labels: labels.map(wellFormed),
    info: json(info),
  };
}

/** JSON that every reader takes: halves of surrogate pairs, which `stringify` writes as escapes, become U+FFFD. */
function json(value) {
  const escapes = /\\(?:u[dD][89a-fA-F][0-9a-fA-F]{2}|[^])/g;
  const text = JSON.stringify(value).replace(escapes, (escape) => (escape.length > 2 ? "\uFFFD" : escape));
  return wellFormed(text);
}

/** The same text, with U+FFFD in the place of each half of a surrogate pair. */
function wellFormed(text) {
  const surrogates = /[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g;
  return text.replace(surrogates, (surrogate) => (surrogate.length === 2 ? surrogate : "\uFFFD"));
}

/** A function that answers an input's value for a row. */
function reader(source, { tag, val }) {
  if (tag === "column") return columnReader(val);
  const fields = source.val.fields.map(({ name }, index) => [name, columnReader(val.columns[index])]);
  return (row) => {
    const rows = [];
    for (let each = start(val.ends, row); each < val.ends[row]; each++) {
      rows.push(Object.fromEntries(fields.map(([name, read]) => [name, read(each)])));
    }
    return rows;
  };
}

function columnReader({ tag, val }) {
  switch (tag) {
    case "texts":
      return (row) => decode(val.bytes.subarray(start(val.ends, row), val.ends[row]));
    case "times":
      return (row) => (val[row] === UNKNOWN ? null : val[row]);
    default:
      return (row) => val[row];
  }
}

/** A time that is not known: the smallest s64. All others are microseconds since 1970. */
const UNKNOWN = -(2 ** 63);

const start = (ends, row) => (row === 0 ? 0 : ends[row - 1]);

// UTF-8, since QuickJS has no TextEncoder: percent-encoding is made of it, and `unescape` makes bytes of that.
const encode = (text) => Uint8Array.from(unescape(encodeURIComponent(text)), (byte) => byte.charCodeAt(0));
const decode = (bytes) => decodeURIComponent(escape(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
