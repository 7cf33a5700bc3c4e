import assert from "node:assert/strict";
import { test } from "node:test";
import { Columns, rounded, type Values } from "../src/columns.ts";

/** The columns of one object over ticks; null is a tick without it. */
function columnsOf(...rows: (Values | null)[]): any[] {
  const columns = new Columns();
  rows.forEach((values, tick) => columns.add(tick, values ? [{ id: "x", type: "t", values }] : []));
  return columns.toJSON().stats;
}

test("what stays is written once, what changes as differences", () => {
  const [entry] = columnsOf({ ssrc: 7, bytes: 100 }, { ssrc: 7, bytes: 100 }, { ssrc: 7, bytes: 160 });
  assert.deepEqual(entry, { id: "x", type: "t", values: { ssrc: 7, bytes: [100, 0, 60] } });
});

test("differences of decimals are decimals", () => {
  const [entry] = columnsOf({ jitter: 0.1 }, { jitter: 0.3 }, { jitter: 0.299999 });
  assert.deepEqual(entry.values.jitter, [0.1, 0.2, -0.000001]);
});

test("words and truth values are written as they are", () => {
  const [entry] = columnsOf({ state: "new", on: true }, { state: "new", on: true }, { state: "done", on: false });
  assert.deepEqual(entry.values, { state: ["new", "new", "done"], on: [true, true, false] });
});

test("a member that is not there is null, and the next difference is to its last number", () => {
  const [entry] = columnsOf({ a: 1, b: 5 }, { a: 1 }, { a: 1, b: 7, c: 2 });
  assert.deepEqual(entry.values, { a: 1, b: [5, null, 2], c: [null, null, 2] });
});

test("a counter that falls has a negative difference", () => {
  const [entry] = columnsOf({ packets: 900 }, { packets: 3 });
  assert.deepEqual(entry.values.packets, [900, -897]);
});

test("an object that comes late, goes, and comes again says when it was there", () => {
  const entries = columnsOf(null, { a: 1 }, null, { a: 4 });
  assert.deepEqual(
    entries.map(({ from, to, values }) => [from, to, values.a]),
    [
      [1, 2, 1],
      [3, undefined, 4],
    ],
  );
});

test("a number whose difference cannot be exact is left out rather than wrong", () => {
  const [entry] = columnsOf({ a: 0.5 }, { a: 2 ** 40 });
  assert.deepEqual(entry.values.a, [0.5, null]);
});

test("numbers have six decimals, and from 2^30 on none", () => {
  assert.equal(rounded(0.12345678), 0.123457);
  assert.equal(rounded(1795211191305.143), 1795211191305);
});
