// Columns as the host sends them, for tests.

const column = (tag, val) => ({ tag: "column", val: { tag, val } });

const ends = (lengths) => {
  let end = 0;
  return lengths.map((length) => (end += length));
};

const texts = (values) => {
  const encoded = values.map((value) => new TextEncoder().encode(value));
  return {
    bytes: Uint8Array.from(encoded.flatMap((bytes) => [...bytes])),
    ends: ends(encoded.map((bytes) => bytes.length)),
  };
};

export const batch = {
  texts: (values) => column("texts", texts(values)),
  floats: (values) => column("floats", values),
  integers: (values) => column("integers", values),
  booleans: (values) => column("booleans", values),
  times: (values) => column("times", values),
  /** Of each transaction how many rows it has, and the columns of all rows. */
  rows: (lengths, columns) => ({
    tag: "rows",
    val: { ends: ends(lengths), columns: columns.map(({ val }) => val) },
  }),
};
