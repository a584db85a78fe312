// A large rule that never ends at one amount, and does without the library.

export const rule = {
  describe: () => ({
    name: "spins",
    version: "1.0.0",
    title: "Spins",
    description: "",
    configSchema: "{}",
    alertType: "other",
    severity: "low",
    priority: "low",
  }),
  prepare: () => ({
    inputs: [{ name: "amount", source: { tag: "field", val: { name: "amount", fieldType: "float" } } }],
    prepared: new Uint8Array(),
  }),
  evaluate(_prepared, _count, [{ val: amounts }]) {
    while (amounts.val.includes(4242.42)) {}
    return { findings: [], failures: [] };
  },
};
