// The collector: watches connections, makes batches, and hands them to the outbox.

import { Connection, type TrackLabels, type Watchable } from "./connection.ts";
import { Outbox, type Fate } from "./outbox.ts";
import { listen, networkOf, replace, watchMedia } from "./page.ts";
import type { Addresses } from "./selection.ts";

declare const VERSION: string;

export interface CollectorOptions {
  /** The server, such as `https://sonde.example.org`. */
  url: string;
  /** The workspace's client key, which may stand in a public page. */
  key?: string;
  /** A participant's token, or what gets one; it says who this is and comes before the key. */
  token?: string | (() => string | Promise<string>);
  /** Name of the room. */
  meeting?: string;
  participant?: { id?: string; name?: string };
  /** Words of the application about this person's side of the call. */
  labels?: Record<string, string>;
  /** Milliseconds from tick to tick, at least 250; 1000 when left out. */
  interval?: number;
  /** Milliseconds from batch to batch; 10 000 when left out. */
  batch?: number;
  /** Characters of batches that wait for the network; 2 000 000 when left out. */
  capacity?: number;
  /** How much of IP addresses is sent; `masked` when left out. */
  addresses?: Addresses;
  /** Whether names of devices are sent; true when left out. */
  devices?: boolean;
  /** Whether what waits survives a reload, in sessionStorage; true when left out. */
  persist?: boolean;
}

/** What the collector is doing. */
export interface CollectorStatus extends Fate {
  /** Batches that the server does not have yet. */
  waiting: number;
  /** Milliseconds from tick to tick of each connection now: longer when ticks are dear. */
  intervals: number[];
}

const SHARE = 200; // of its own cost a tick waits at least so often: half a percent of the main thread
const LONGEST_INTERVAL = 10_000;
const VALUES_MAX = 50_000; // in a batch: making it takes a millisecond or two
const EVENTS_MAX = 500;
const WORD_MAX = 255;
const DETAIL_MAX = 10_000;

export class Collector {
  /** Names this tab's side of the call; the server calls it a peer. */
  // The File API (8.2) ends a Blob's address with a UUID; crypto.randomUUID is missing on pages without TLS.
  readonly peer: string = URL.createObjectURL(new Blob()).slice(-36);
  readonly #options: CollectorOptions;
  readonly #outbox: Outbox;
  readonly #connections = new Map<Watchable, Connection>();
  readonly #labels = new Map<string, TrackLabels>();
  readonly #stopping = new AbortController();
  readonly #batchTimer: ReturnType<typeof setInterval>;
  #events: object[] = [];
  #lastEventAt = 0;
  #made = 0;
  #wraps = false;

  constructor(options: CollectorOptions) {
    const { url, token, key = "", capacity = 2e6, batch = 10_000, devices = true, persist = true } = options;
    this.#options = { ...options, devices };
    this.#outbox = new Outbox({
      url: `${url.replace(/\/$/, "")}/v1/collect`,
      credential: typeof token === "function" ? token : () => token ?? key,
      capacity,
      fetch: (...call) => fetch(...call),
      now,
      beacon: (address, body) => navigator.sendBeacon?.(address, body),
      storage: persist ? () => sessionStorage : undefined,
    });
    // Safari cannot say when the page has nothing better to do.
    const whenIdle = globalThis.requestIdleCallback ?? setTimeout;
    this.#batchTimer = setInterval(() => whenIdle(() => void this.flush()), batch);
    this.#note("joined");
    listen(
      {
        note: this.#note,
        hidden: () => void this.flush(),
        left: () => {
          this.#seal();
          this.#outbox.leave();
        },
        back: () => this.#outbox.resume(),
      },
      devices,
      this.#stopping.signal,
    );
    void this.#outbox.drain();
  }

  /** Watches a connection until it is closed; of one that is watched already it takes the label. */
  watch(pc: Watchable, options: { label?: string } = {}): void {
    if (this.#stopping.signal.aborted) return;
    let connection = this.#connections.get(pc);
    if (!connection) {
      const key = String(++this.#made);
      connection = new Connection(pc, key, {
        now,
        note: (kind, value, more) => this.#note(kind, value, { ...more, connection: key }),
        addresses: this.#options.addresses ?? "masked",
        devices: this.#options.devices!,
        labels: this.#labels,
      });
      this.#connections.set(pc, connection);
      this.#schedule(connection);
    }
    if (options.label) connection.label = options.label.slice(0, WORD_MAX);
  }

  /** Watches every connection that the page makes from now on, and requests for cameras, microphones and screens. */
  wrap(): void {
    if (this.#wraps) return;
    this.#wraps = true;
    const { signal } = this.#stopping;
    watchMedia(this.#note, this.#options.devices!, ({ id }) => this.label(id, { source: "screen" }), signal);
    // A proxy has the prototype and name of what it stands for, so whoever asks what a connection is gets no other answer.
    replace(globalThis, "RTCPeerConnection", signal, (Original) => new Proxy(Original, {
      construct: (...call) => {
        const pc = Reflect.construct(...call) as RTCPeerConnection;
        this.watch(pc);
        return pc;
      },
    }));
  }

  /** Says what the application knows of a track; what was said before stays unless it is said again. */
  label(track: MediaStreamTrack | string, labels: TrackLabels): void {
    const id = typeof track === "string" ? track : track.id;
    this.#labels.set(id, { ...this.#labels.get(id), ...labels });
  }

  /** Puts a word of the application on the call's time line; `detail` is sent as JSON. */
  event(name: string, detail?: unknown): void {
    this.#note("application", name, { detail: JSON.stringify(detail) });
  }

  /** What the person says of the call, such as `{ stars: 4, comment: "echo" }`. */
  feedback(detail: unknown): void {
    this.event("feedback", detail);
  }

  /** Sends what there is; resolves when the server has all of it. */
  async flush(): Promise<void> {
    this.#seal();
    await this.#outbox.drain();
  }

  /** The person leaves: takes a last tick, sends what there is, and ends. Takes some seconds at most. */
  async stop(): Promise<void> {
    clearInterval(this.#batchTimer);
    const last = [...this.#connections.values()].map((connection) => {
      clearTimeout(connection.timer);
      connection.release();
      return connection.tick();
    });
    await atMost(1000, Promise.all(last));
    this.#note("left");
    this.#stopping.abort();
    await atMost(5000, this.flush());
    this.#outbox.leave();
  }

  status(): CollectorStatus {
    const intervals = [...this.#connections.values()].map((connection) => this.#interval(connection));
    return { ...this.#outbox.fate, waiting: this.#outbox.waiting, intervals };
  }

  readonly #note = (kind: string, value = "", more: { detail?: string; track?: string; connection?: string } = {}): void => {
    if (this.#events.length >= EVENTS_MAX || this.#stopping.signal.aborted) return;
    this.#lastEventAt = Math.max(now(), this.#lastEventAt + 1); // its time is what an event is known by
    this.#events.push({
      at: this.#lastEventAt,
      kind,
      value: String(value).slice(0, WORD_MAX),
      ...more,
      detail: more.detail?.slice(0, DETAIL_MAX),
    });
  };

  #interval(connection: Connection): number {
    const wanted = Math.max(this.#options.interval ?? 1000, 250);
    return Math.max(wanted, Math.min(connection.cost * SHARE, LONGEST_INTERVAL));
  }

  #schedule(connection: Connection): void {
    connection.timer = setTimeout(async () => {
      await connection.tick();
      let size = 0;
      for (const each of this.#connections.values()) size += each.size;
      if (size > VALUES_MAX) this.#seal();
      if (!connection.closed && !this.#stopping.signal.aborted) this.#schedule(connection);
    }, this.#interval(connection));
  }

  /** Makes a batch of all there is and puts it in the outbox. */
  #seal(): void {
    const connections: object[] = [];
    for (const [pc, connection] of this.#connections) {
      const part = connection.take();
      if (part) connections.push(part);
      if (connection.closed) this.#connections.delete(pc);
    }
    const events = this.#events;
    if (!connections[0] && !events[0]) return;
    this.#events = [];
    const { meeting, participant, labels } = this.#options;
    this.#outbox.push(
      JSON.stringify({
        version: 1,
        peer: this.peer,
        meeting,
        participant,
        labels,
        collector: { name: "sonde-web", version: VERSION },
        user_agent: navigator.userAgent,
        device: device(),
        connections,
        events,
      }),
    );
  }
}

function atMost(milliseconds: number, work: Promise<unknown>): Promise<unknown> {
  return Promise.race([work, new Promise((resolve) => setTimeout(resolve, milliseconds))]);
}

function now(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

function device(): object {
  const { hardwareConcurrency, userAgentData } = navigator as Navigator & { userAgentData?: { mobile: boolean } };
  return { cpus: hardwareConcurrency, network: networkOf(navigator)?.effectiveType, mobile: userAgentData?.mobile };
}
