import assert from "node:assert/strict";
import { setImmediate, setTimeout as wait } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { beforeEach, test } from "node:test";
import type { Collector as CollectorType, CollectorOptions } from "../src/collector.ts";

// What a page has, as much of it as the collector wants; some browsers have less.
class Connection extends EventTarget {
  static made = 0;
  signalingState = "stable";
  configuration?: object;
  constructor(configuration?: object) {
    super();
    this.configuration = configuration;
    Connection.made++;
  }
  close(): void {
    this.signalingState = "closed";
  }
  async getStats(): Promise<Map<string, object>> {
    return new Map([["T", { id: "T", type: "transport", timestamp: Date.now() }]]);
  }
}

const document = Object.assign(new EventTarget(), { visibilityState: "visible", hidden: false });
const page = Object.assign(globalThis, { VERSION: "0", document, window: new EventTarget() }) as any;
const media: Record<string, unknown> = new EventTarget() as any;
Object.defineProperty(page.navigator, "mediaDevices", { value: media });

const { Collector } = await import("../src/collector.ts");

interface Heard {
  events: { kind: string; value: string; connection?: string }[];
  connections: { key: string; label: string; at: number[] }[];
}

let heard: Heard[];
let refused: boolean;

beforeEach(() => {
  heard = [];
  refused = false;
  page.RTCPeerConnection = Connection;
  page.fetch = async (_url: string, init: RequestInit) => {
    if (refused) throw new TypeError("Failed to fetch");
    if (!init.method) return Response.json({ time: Date.now() * 1000 });
    const bytes = new Uint8Array(await (init.body as Blob).arrayBuffer());
    heard.push(JSON.parse(gunzipSync(bytes).toString()));
    return Response.json({ accepted: 1 });
  };
  media.getUserMedia = async () => ({ getTracks: () => [{ id: "t", kind: "audio", label: "Headset" }] });
  delete media.getDisplayMedia;
});

const collecting = (more: Partial<CollectorOptions> = {}): CollectorType =>
  new Collector({ url: "https://sonde.test/", key: "k", interval: 250, persist: false, ...more });
const events = (kind: string) => heard.flatMap(({ events }) => events).filter((event) => event.kind === kind);
const parts = () => heard.flatMap(({ connections }) => connections);

test("the page's connections are what they were, and each is watched", async () => {
  const before = new Connection();
  const collector = collecting();
  collector.wrap();
  const pc = new page.RTCPeerConnection({ iceServers: [] });
  assert.ok(pc instanceof Connection && pc instanceof page.RTCPeerConnection && before instanceof page.RTCPeerConnection);
  assert.equal(page.RTCPeerConnection.name, "Connection");
  assert.equal(page.RTCPeerConnection.made, Connection.made);
  assert.deepEqual(pc.configuration, { iceServers: [] });
  class Extended extends page.RTCPeerConnection {}
  assert.ok(new Extended() instanceof Extended);
  await collector.stop();
  assert.equal(events("created").length, 2);
  assert.equal(page.RTCPeerConnection, Connection);
});

test("a connection that is watched twice is one, and takes the label", async () => {
  const collector = collecting();
  collector.wrap();
  collector.wrap();
  const pc = new page.RTCPeerConnection();
  collector.watch(pc, { label: "publisher" });
  await collector.stop();
  assert.deepEqual(parts().map(({ key, label, at }) => [key, label, at.length]), [["1", "publisher", 1]]);
});

test("several collectors in a page each see its connections, and leave in any order", async () => {
  const [one, other] = [collecting(), collecting()];
  one.wrap();
  other.wrap();
  new page.RTCPeerConnection();
  await one.stop();
  new page.RTCPeerConnection();
  await other.stop();
  assert.equal(parts().length, 3);
  assert.notEqual(one.peer, other.peer);
});

test("a collector that has stopped watches nothing any more", async () => {
  const collector = collecting();
  await collector.stop();
  collector.watch(new page.RTCPeerConnection());
  assert.deepEqual(collector.status().intervals, []);
});

test("a closed connection is let go, once its last tick is on its way", async () => {
  const collector = collecting();
  const pc = new page.RTCPeerConnection();
  collector.watch(pc);
  pc.close();
  await wait(400);
  assert.equal(collector.status().intervals.length, 1);
  await collector.flush();
  assert.deepEqual(collector.status().intervals, []);
  assert.deepEqual(events("closed").map(({ connection }) => connection), ["1"]);
  assert.equal(parts().length, 1);
  await collector.stop();
});

test("statistics are never asked for again before they are there", async () => {
  const collector = collecting();
  let asked = 0;
  const slow = { getStats: () => (asked++, wait(700).then(() => new Map())) };
  collector.watch(slow as unknown as RTCPeerConnection);
  await wait(900);
  assert.equal(asked, 1);
  await collector.stop();
});

test("requests for devices are noted, and what they give or throw is the page's", async () => {
  const collector = collecting();
  collector.wrap();
  const stream = await (media.getUserMedia as any)({ audio: true });
  assert.equal(stream.getTracks()[0].id, "t");
  await collector.stop();
  const refusal = new DOMException("no", "NotAllowedError");
  media.getUserMedia = async () => Promise.reject(refusal);
  const another = collecting();
  another.wrap();
  await assert.rejects((media.getUserMedia as any)({ audio: true, video: true }), refusal);
  await another.stop();
  assert.deepEqual(events("media_requested").map(({ value }) => value), ["audio", "audio video"]);
  assert.deepEqual(events("media_granted").map(({ value }) => value), ["audio"]);
  assert.deepEqual(events("media_refused").map(({ value }) => value), ["NotAllowedError"]);
});

test("a browser that lacks something lacks it still, and nothing breaks", async () => {
  delete page.RTCPeerConnection;
  const { randomUUID } = crypto;
  const { timeout } = AbortSignal;
  Object.assign(crypto, { randomUUID: undefined }); // no TLS
  Object.assign(AbortSignal, { timeout: undefined }); // Safari 15
  const collector = collecting();
  collector.wrap();
  assert.match(collector.peer, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal("getDisplayMedia" in media || "RTCPeerConnection" in page, false);
  collector.event("begun");
  document.dispatchEvent(new Event("visibilitychange"));
  page.window.dispatchEvent(new Event("pagehide")); // without sendBeacon
  await collector.stop();
  Object.assign(crypto, { randomUUID });
  Object.assign(AbortSignal, { timeout });
  assert.deepEqual(events("application").map(({ value }) => value), ["begun"]);
  assert.equal(events("page_unloaded").length, 1);
});

test("without network nothing grows beyond its bounds and nothing is thrown at the page", async () => {
  refused = true;
  const collector = collecting({ capacity: 20_000 });
  for (let n = 0; n < 2000; n++) {
    collector.event("tap", { n });
    if (n % 100 === 0) void collector.flush();
  }
  await setImmediate();
  const { waiting, dropped, accepted } = collector.status();
  assert.ok(waiting > 0 && waiting < 20 && dropped > 0);
  assert.equal(accepted, 0);
  refused = false;
  page.window.dispatchEvent(new Event("online"));
  await collector.stop();
  assert.equal(collector.status().waiting, 0);
});
