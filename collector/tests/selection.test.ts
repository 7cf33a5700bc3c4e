import assert from "node:assert/strict";
import { test } from "node:test";
import { mask, select } from "../src/selection.ts";

const report = (...stats: object[]) => ({ values: () => stats.map((each, n) => ({ id: `id${n}`, timestamp: 5.5, ...each })) });
const selected = (...stats: object[]) => select(report(...stats), "masked");

test("objects and members without use stay in the browser", () => {
  const { objects } = selected(
    { type: "certificate", base64Certificate: "MII" },
    { type: "data-channel", label: "secret" },
    { type: "inbound-rtp", kind: "audio", mediaType: "audio", ssrc: 1, isRemote: false },
  );
  assert.deepEqual(objects, [{ id: "id2", type: "inbound-rtp", values: { kind: "audio", ssrc: 1 } }]);
});

test("the tick has the time of the report, and only others' reports say their own", () => {
  const { at, objects } = selected({ type: "transport" }, { type: "remote-inbound-rtp", timestamp: 3.7 });
  assert.equal(at, 5500);
  assert.deepEqual(
    objects.map(({ values }) => values.timestamp),
    [undefined, 4],
  );
});

test("what cannot be said in the format is left out", () => {
  const { objects } = selected({ type: "codec", a: null, b: NaN, c: Infinity, d: "", e: "x".repeat(1001), f: [], g: 1 });
  assert.deepEqual(objects[0]!.values, { g: 1 });
});

test("members of members get dots", () => {
  const { objects } = selected({ type: "outbound-rtp", qualityLimitationDurations: { cpu: 1.5, none: 2 } });
  assert.deepEqual(objects[0]!.values, { "qualityLimitationDurations.cpu": 1.5, "qualityLimitationDurations.none": 2 });
});

test("only the path in use is sent", () => {
  const pair = (id: string, more: object) => ({ id, type: "candidate-pair", localCandidateId: `L${id}`, remoteCandidateId: `R${id}`, ...more });
  const { objects } = selected(
    { type: "transport", selectedCandidatePairId: "P1" },
    pair("P1", {}),
    pair("P2", { state: "failed" }),
    { id: "LP1", type: "local-candidate" },
    { id: "RP1", type: "remote-candidate" },
    { id: "LP2", type: "local-candidate" },
  );
  assert.deepEqual(
    objects.map(({ id }) => id),
    ["id0", "P1", "LP1", "RP1"],
  );
});

test("while there is no path, those being tried are sent", () => {
  const pairs = Array.from({ length: 30 }, (_, n) => ({ id: `P${n}`, type: "candidate-pair", state: "in-progress" }));
  assert.equal(selected(...pairs).objects.length, 20);
});

test("addresses lose what names a person", () => {
  assert.equal(mask("203.0.113.77", "masked"), "203.0.0.0");
  assert.equal(mask("2001:db8:85a3::8a2e:370:7334", "masked"), "2001:db8::");
  assert.equal(mask("fe80::1", "masked"), "fe80:0::");
  assert.equal(mask("0b5d63ba-55f5-4b2e.local", "masked"), "");
  assert.equal(mask("203.0.113.77", "none"), "");
  assert.equal(mask("203.0.113.77", "full"), "203.0.113.77");
});
