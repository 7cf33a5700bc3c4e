import assert from "node:assert/strict";
import { test } from "node:test";
import { Connection, type Surroundings } from "../src/connection.ts";

interface Noted {
  kind: string;
  value: string | undefined;
}

function surroundings(more: Partial<Surroundings> = {}) {
  const notes: Noted[] = [];
  const around: Surroundings = {
    now: () => 1,
    note: (kind, value) => void notes.push({ kind, value }),
    addresses: "masked",
    devices: true,
    labels: new Map(),
    ...more,
  };
  return { around, notes };
}

/** A connection that reports one transport, at the times given in turn. */
class Reporting extends EventTarget {
  signalingState = "stable";
  senders: { track: MediaStreamTrack | null }[] = [];
  times: number[];
  constructor(...times: number[]) {
    super();
    this.times = times;
  }
  async getStats(): Promise<RTCStatsReport> {
    return new Map([["T", { id: "T", type: "transport", timestamp: this.times.shift() }]]) as RTCStatsReport;
  }
  getSenders(): RTCRtpSender[] {
    return this.senders as RTCRtpSender[];
  }
}

class Track extends EventTarget {
  id = "t1";
  kind = "audio";
  label = "Headset";
  enabled = true;
  muted = false;
  readyState = "live";
  getSettings(): object {
    return { displaySurface: undefined, echoCancellation: true };
  }
}

const watched = (pc: Reporting, around: Surroundings) => new Connection(pc as unknown as RTCPeerConnection, "1", around);

test("ticks are numbered through all batches, and a cached report is no tick", async () => {
  const connection = watched(new Reporting(1000, 2000, 2000, 3000), surroundings().around);
  await connection.tick();
  await connection.tick();
  assert.deepEqual((connection.take() as any).first, 0);
  await connection.tick();
  assert.equal(connection.take(), undefined);
  await connection.tick();
  const { first, at } = connection.take() as any;
  assert.deepEqual([first, at], [2, [3_000_000]]);
});

test("a report without any object of use has the page's time", async () => {
  const connection = watched(new Reporting(0), surroundings().around);
  await connection.tick();
  assert.deepEqual((connection.take() as any).at, [1]);
});

test("tracks are described with what the application says of them", async () => {
  const { around, notes } = surroundings({ labels: new Map([["t1", { label: "Ann", participant: "u-17" }]]) });
  const pc = new Reporting(1000, 2000, 3000);
  const track = new Track();
  pc.senders = [{ track: track as unknown as MediaStreamTrack }, { track: null }];
  const connection = watched(pc, around);
  await connection.tick();
  track.dispatchEvent(new Event("mute"));
  track.enabled = false;
  await connection.tick();
  pc.senders = [];
  await connection.tick();
  track.dispatchEvent(new Event("ended"));
  const entry = (connection.take() as any).stats.find(({ type }: { type: string }) => type === "track");
  assert.deepEqual(entry, {
    id: "t1",
    type: "track",
    to: 2,
    values: { enabled: [true, false], muted: false, ended: false, echoCancellation: true, device: "Headset", label: "Ann", participant: "u-17" },
  });
  assert.deepEqual(
    notes.map(({ kind }) => kind),
    ["created", "track_added", "track_muted", "track_disabled", "track_removed"],
  );
});

test("names of devices stay in the browser when they shall", async () => {
  const { around } = surroundings({ devices: false });
  const pc = new Reporting(1000);
  pc.senders = [{ track: new Track() as unknown as MediaStreamTrack }];
  const connection = watched(pc, around);
  await connection.tick();
  assert.ok(!JSON.stringify(connection.take()).includes("Headset"));
});

test("states are noted as they change, and a closed connection says so once", async () => {
  const { around, notes } = surroundings();
  const pc = Object.assign(new Reporting(1000, 2000), { iceConnectionState: "connected" });
  const connection = watched(pc, around);
  pc.dispatchEvent(new Event("iceconnectionstatechange"));
  pc.signalingState = "closed";
  await connection.tick();
  await connection.tick();
  assert.ok(connection.closed);
  assert.deepEqual(notes.slice(1), [
    { kind: "ice_connection_state", value: "connected" },
    { kind: "closed", value: undefined },
  ]);
});

test("a tick knows what it cost", async () => {
  let microseconds = 0;
  const { around } = surroundings({ now: () => (microseconds += 8000) });
  const connection = watched(new Reporting(1000), around);
  await connection.tick();
  assert.equal(connection.cost, 2);
});

test("statistics that fail cost a word on the time line, and the next tick is taken", async () => {
  const { around, notes } = surroundings();
  const pc = new Reporting(1000);
  pc.getStats = async () => {
    throw new DOMException("not now", "InvalidStateError");
  };
  const connection = watched(pc, around);
  await connection.tick();
  assert.equal(connection.take(), undefined);
  pc.getStats = Reporting.prototype.getStats;
  await connection.tick();
  assert.equal((connection.take() as any).at.length, 1);
  assert.deepEqual(notes.slice(1), [{ kind: "call_failed", value: "getStats" }]);
});

test("a connection is found closed even where closed ones have no statistics", async () => {
  const { around } = surroundings();
  const pc = Object.assign(new Reporting(), { signalingState: "closed", getStats: () => Promise.reject(new Error("closed")) });
  const connection = watched(pc, around);
  await connection.tick();
  assert.ok(connection.closed);
});

test("a camera that outlives its connection says nothing there any more", async () => {
  const { around, notes } = surroundings();
  const pc = new Reporting(1000);
  const track = new Track();
  pc.senders = [{ track: track as unknown as MediaStreamTrack }];
  const connection = watched(pc, around);
  pc.signalingState = "closed";
  await connection.tick();
  track.dispatchEvent(new Event("ended"));
  assert.equal(notes.at(-1)!.kind, "closed");
});

test("a track that two senders share is one object", async () => {
  const pc = new Reporting(1000, 2000);
  const track = new Track() as unknown as MediaStreamTrack;
  pc.senders = [{ track }, { track }];
  const connection = watched(pc, surroundings().around);
  await connection.tick();
  await connection.tick();
  assert.equal((connection.take() as any).stats.filter(({ type }: { type: string }) => type === "track").length, 1);
});
