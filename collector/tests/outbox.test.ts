import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { test } from "node:test";
import { Outbox, type World } from "../src/outbox.ts";

type Answer = Response | Error;
const taken = (more: object = {}) => Response.json({ accepted: 1, ...more });

/** A server that gives these answers in turn, and then takes everything. */
function serverThatSays(...answers: Answer[]) {
  const heard: { url: string; body: string; authorization: string | null }[] = [];
  const fetch = async (url: unknown, init?: RequestInit): Promise<Response> => {
    const bytes = new Uint8Array(await (init!.body as Blob).arrayBuffer());
    heard.push({
      url: String(url),
      body: gunzipSync(bytes).toString(),
      authorization: new Headers(init!.headers).get("authorization"),
    });
    const answer = answers.shift() ?? taken();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { fetch, heard, bodies: () => heard.map(({ body }) => body) };
}

function outboxTo(fetch: World["fetch"], { capacity = 1000, ...world }: Partial<World> & { capacity?: number } = {}): Outbox {
  let microseconds = 0;
  return new Outbox(
    { url: "https://sonde.test/v1/collect", credential: () => "secret", capacity },
    { fetch, now: () => (microseconds += 1000), random: () => 0, ...world },
  );
}

/** Lets the outbox try again and again without waiting, until nothing waits. */
async function hurried(outbox: Outbox): Promise<void> {
  while (outbox.waiting) {
    outbox.hurry();
    await setImmediate();
  }
}

function memory() {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  return { kept, storage: () => storage };
}

test("batches go out compressed, in order, with the credential", async () => {
  const server = serverThatSays();
  const outbox = outboxTo(server.fetch);
  outbox.push("a");
  outbox.push("b");
  await outbox.drain();
  assert.deepEqual(server.bodies(), ["a", "b"]);
  assert.equal(server.heard[0]!.authorization, "Bearer secret");
  assert.equal(outbox.fate.accepted, 2);
});

for (const [why, answer] of [
  ["there is no network", new TypeError("Failed to fetch")],
  ["the server is full", new Response("", { status: 503, headers: { "retry-after": "0" } })],
  ["the server asks for patience in its own way", new Response("", { status: 429, headers: { "retry-after": "Sat, 21 Nov" } })],
  ["the token has expired", new Response("", { status: 401 })],
  ["a wall in front of the network answers", new Response("<html>")],
  ["the wall speaks JSON", Response.json({ login: "please" })],
] as const) {
  test(`a batch is kept and sent again when ${why}`, async () => {
    const server = serverThatSays(answer, answer.constructor === Response ? (answer as Response).clone() : answer);
    const outbox = outboxTo(server.fetch);
    outbox.push("a");
    await hurried(outbox);
    assert.deepEqual(server.bodies(), ["a", "a", "a"]);
    assert.deepEqual(outbox.fate, { accepted: 1, refused: 0, dropped: 0 });
  });
}

test("a batch that the server will never take holds up no other", async () => {
  const server = serverThatSays(new Response("", { status: 400 }));
  const outbox = outboxTo(server.fetch);
  outbox.push("bad");
  outbox.push("good");
  await outbox.drain();
  assert.deepEqual(server.bodies(), ["bad", "good"]);
  assert.deepEqual(outbox.fate, { accepted: 1, refused: 1, dropped: 0 });
});

test("what waits is bounded, and the oldest is given up first", async () => {
  const server = serverThatSays(new TypeError("Failed to fetch"));
  const outbox = outboxTo(server.fetch, { capacity: 20 });
  for (const batch of ["1".repeat(9), "2".repeat(9), "3".repeat(9)]) outbox.push(batch);
  await hurried(outbox);
  assert.equal(outbox.fate.dropped, 1);
  assert.deepEqual(new Set(server.bodies().slice(1)), new Set(["2".repeat(9), "3".repeat(9)]));
});

test("a page that goes away hands over what waits, and its next life sends it again", async () => {
  const { kept, storage } = memory();
  const beacons: string[][] = [];
  const away = outboxTo(serverThatSays(new TypeError("Failed to fetch")).fetch, {
    storage,
    beacon: (url, body) => Boolean(beacons.push([url, body])),
  });
  away.push("a");
  away.push("b");
  await setImmediate();
  away.leave();
  assert.deepEqual(beacons, [
    ["https://sonde.test/v1/collect?key=secret", "a"],
    ["https://sonde.test/v1/collect?key=secret", "b"],
  ]);
  const server = serverThatSays();
  const back = outboxTo(server.fetch, { storage });
  assert.equal(kept.size, 0);
  await back.drain();
  assert.deepEqual(server.bodies(), ["a", "b"]);
  await hurried(away);
});

test("a page that may keep nothing works without", async () => {
  const storage = (): never => {
    throw new DOMException("denied", "SecurityError");
  };
  const server = serverThatSays();
  const outbox = outboxTo(server.fetch, { storage });
  outbox.push("a");
  outbox.leave();
  await outbox.drain();
  assert.deepEqual(server.bodies(), ["a"]);
});

test("the server's clock is compared with ours when it answers", async () => {
  const server = serverThatSays(taken({ time: 501_500 }));
  const outbox = outboxTo(server.fetch);
  outbox.push("a");
  await outbox.drain();
  assert.equal(outbox.clockOffset, 500_000);
});
