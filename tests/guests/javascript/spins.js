// A large rule that never ends, and does without the library.

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
  evaluate() {
    for (;;) {}
  },
};
