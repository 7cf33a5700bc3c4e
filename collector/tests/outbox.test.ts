import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { test } from "node:test";
import { Outbox, type World } from "../src/outbox.ts";

type Answer = Response | Error;
const taken = (more: object = {}) => Response.json({ accepted: 1, ...more });

/** A server that gives these answers in turn to batches, and then takes everything; and tells the time, or does not. */
function serverThatSays(...answers: Answer[]) {
  const heard: { url: string; body: string; authorization: string | null }[] = [];
  const server = { heard, bodies: () => heard.map(({ body }) => body.replace(/"clock_offset":[^,]*,/, "")), fetch, time: NaN };
  async function fetch(url: unknown, init?: RequestInit): Promise<Response> {
    if (!init?.method) return Response.json({ time: server.time });
    const bytes = new Uint8Array(await (init.body as Blob).arrayBuffer());
    heard.push({
      url: String(url),
      body: gunzipSync(bytes).toString(),
      authorization: new Headers(init.headers).get("authorization"),
    });
    const answer = answers.shift() ?? taken();
    if (answer instanceof Error) throw answer;
    return answer;
  }
  return server;
}

const batch = (name: string): string => `{"name":"${name}"}`;

function outboxTo(fetch: World["fetch"], world: Partial<World> = {}): Outbox {
  let microseconds = 0;
  return new Outbox({
    url: "https://sonde.test/v1/collect",
    credential: () => "secret",
    capacity: 1000,
    fetch,
    now: () => (microseconds += 1000),
    ...world,
  });
}

/** Lets the outbox try again and again without waiting, until nothing waits. */
async function hurried(outbox: Outbox): Promise<void> {
  while (outbox.waiting) {
    outbox.resume();
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
  outbox.push(batch("a"));
  outbox.push(batch("b"));
  await outbox.drain();
  assert.deepEqual(server.bodies(), [batch("a"), batch("b")]);
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
    outbox.push(batch("a"));
    await hurried(outbox);
    assert.deepEqual(server.bodies(), [batch("a"), batch("a"), batch("a")]);
    assert.deepEqual(outbox.fate, { accepted: 1, refused: 0, dropped: 0 });
  });
}

test("a batch that the server will never take holds up no other", async () => {
  const server = serverThatSays(new Response("", { status: 400 }));
  const outbox = outboxTo(server.fetch);
  outbox.push(batch("bad"));
  outbox.push(batch("good"));
  await outbox.drain();
  assert.deepEqual(server.bodies(), [batch("bad"), batch("good")]);
  assert.deepEqual(outbox.fate, { accepted: 1, refused: 1, dropped: 0 });
});

test("what waits is bounded, and the oldest is given up first", async () => {
  const server = serverThatSays(new TypeError("Failed to fetch"));
  const outbox = outboxTo(server.fetch, { capacity: 30 });
  for (const each of ["1", "2", "3"]) outbox.push(batch(each));
  await hurried(outbox);
  assert.equal(outbox.fate.dropped, 1);
  assert.deepEqual(new Set(server.bodies().slice(1)), new Set([batch("2"), batch("3")]));
});

test("a page that goes away hands over what waits, and its next life sends it again", async () => {
  const { kept, storage } = memory();
  const beacons: string[][] = [];
  const away = outboxTo(serverThatSays(new TypeError("Failed to fetch")).fetch, {
    storage,
    beacon: (url, body) => Boolean(beacons.push([url, body])),
  });
  away.push(batch("a"));
  away.push(batch("b"));
  await setImmediate();
  away.leave();
  assert.deepEqual(beacons, [
    ["https://sonde.test/v1/collect?key=secret", '{"clock_offset":null,"name":"a"}'],
    ["https://sonde.test/v1/collect?key=secret", '{"clock_offset":null,"name":"b"}'],
  ]);
  const server = serverThatSays();
  const back = outboxTo(server.fetch, { storage });
  assert.equal(kept.size, 0);
  await back.drain();
  assert.deepEqual(server.bodies(), [batch("a"), batch("b")]);
  await hurried(away);
});

test("a page that may keep nothing works without", async () => {
  const storage = (): never => {
    throw new DOMException("denied", "SecurityError");
  };
  const server = serverThatSays();
  const outbox = outboxTo(server.fetch, { storage });
  outbox.push(batch("a"));
  outbox.leave();
  await outbox.drain();
  assert.deepEqual(server.bodies(), [batch("a")]);
});

/** The offsets that batches went out with. */
const offsets = ({ heard }: ReturnType<typeof serverThatSays>) => heard.map(({ body }) => JSON.parse(body).clock_offset);

test("the server is asked for its time before the first batch goes out, and a wrong clock is told", async () => {
  const server = serverThatSays();
  server.time = 3_600_002_500;
  const outbox = outboxTo(server.fetch);
  outbox.push(batch("a"));
  await outbox.drain();
  assert.deepEqual(offsets(server), [3_600_001_000]); // sent at 1000, answered at 2000
});

test("a clock that may be right is believed", async () => {
  const server = serverThatSays();
  server.time = 1_900;
  const outbox = outboxTo(server.fetch);
  outbox.push(batch("a"));
  await outbox.drain();
  assert.deepEqual(offsets(server), [0]);
});

test("an offset stays until an answer shows that it is wrong, and then moves no further than it must", async () => {
  const server = serverThatSays(taken({ time: 904_900 }), taken({ time: 907_000 }), taken({ time: 919_000 }));
  server.time = 901_500;
  const outbox = outboxTo(server.fetch);
  for (const name of "abcd") {
    outbox.push(batch(name));
    await outbox.drain();
  }
  // The server had its times when we had 1000 to 2000, 3000 to 4000, 5000 to 6000, 7000 to 8000.
  assert.deepEqual(offsets(server), [900_000, 900_900, 901_000, 911_000]);
});

test("a batch that goes out again is the same to the last character", async () => {
  const server = serverThatSays(new TypeError("Failed to fetch"), taken({ time: 3_600_000_000 }));
  const outbox = outboxTo(server.fetch);
  outbox.push(batch("a"));
  await setImmediate();
  server.time = 3_600_000_000;
  await hurried(outbox);
  const [first, second] = server.heard.map(({ body }) => body);
  assert.equal(first, second);
});

test("a server that does not tell the time gets batches all the same", async () => {
  const server = serverThatSays();
  const outbox = outboxTo(server.fetch);
  outbox.push(batch("a"));
  await outbox.drain();
  assert.deepEqual(offsets(server), [null]);
});

test("a token is asked for once, and again when the server does not like it", async () => {
  let asked = 0;
  const server = serverThatSays(taken(), new Response("", { status: 401 }));
  const outbox = outboxTo(server.fetch, { credential: async () => `token ${++asked}` });
  for (const name of "ab") {
    outbox.push(batch(name));
    await hurried(outbox);
  }
  assert.deepEqual(
    server.heard.map(({ authorization }) => authorization),
    ["Bearer token 1", "Bearer token 1", "Bearer token 2"],
  );
});

test("what gets the token may fail, and is asked again", async () => {
  let asked = 0;
  const credential = async (): Promise<string> => {
    if (++asked < 3) throw new Error("our own server is away");
    return "late";
  };
  const server = serverThatSays();
  const outbox = outboxTo(server.fetch, { credential });
  outbox.push(batch("a"));
  await hurried(outbox);
  assert.equal(server.heard[0]!.authorization, "Bearer late");
});

test("a page that is closed before anything was sent has its credential ready", async () => {
  const beacons: string[] = [];
  const never = new Promise<Response>(() => {});
  const outbox = outboxTo(() => never, { beacon: (url) => Boolean(beacons.push(url)) });
  outbox.push(batch("a"));
  await setImmediate();
  outbox.leave();
  assert.deepEqual(beacons, ["https://sonde.test/v1/collect?key=secret"]);
});

test("two collectors of a page leave both what they have", async () => {
  const { storage } = memory();
  const never = new Promise<Response>(() => {});
  const outboxes = [outboxTo(() => never, { storage }), outboxTo(() => never, { storage })];
  for (const outbox of outboxes) {
    outbox.push(batch("a"));
    outbox.leave();
  }
  assert.equal(outboxTo(() => never, { storage }).waiting, 2);
});
