// The collector: watches connections, makes batches, and hands them to the outbox.

import { Connection, type TrackLabels, type Watchable } from "./connection.ts";
import { Outbox, type Fate, type World } from "./outbox.ts";
import { listen, networkOf, watchMedia } from "./page.ts";
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
const VALUES_MAX = 50_000; // in one connection's part of a batch: making it takes a millisecond or two
const EVENTS_MAX = 500;
const WORD_MAX = 255;
const DETAIL_MAX = 10_000;

export class Collector {
  /** Names this tab's side of the call; the server calls it a peer. */
  readonly peer: string = crypto.randomUUID();
  readonly #options: CollectorOptions;
  readonly #outbox: Outbox;
  readonly #connections = new Map<string, { connection: Connection; timer?: ReturnType<typeof setTimeout> }>();
  readonly #labels = new Map<string, TrackLabels>();
  readonly #stopping = new AbortController();
  readonly #batchTimer: ReturnType<typeof setInterval>;
  #events: object[] = [];
  #lastEventAt = 0;
  #made = 0;
  #unwrap: () => void = () => {};

  constructor(options: CollectorOptions) {
    const { url, capacity = 2e6, batch = 10_000, devices = true } = options;
    const { token, key = "" } = options;
    this.#options = options;
    this.#outbox = new Outbox(
      {
        url: `${url.replace(/\/$/, "")}/v1/collect`,
        credential: typeof token === "function" ? token : () => token ?? key,
        capacity,
      },
      world(options.persist ?? true),
    );
    this.#batchTimer = setInterval(() => void this.flush(), batch);
    this.#note("joined");
    listen(
      {
        note: this.#note,
        hidden: () => void this.flush(),
        left: () => {
          this.#seal();
          this.#outbox.leave();
        },
        back: () => this.#outbox.stay(),
        online: () => this.#outbox.hurry(),
      },
      devices,
      this.#stopping.signal,
    );
    void this.#outbox.drain();
  }

  /** Watches a connection until it is closed. */
  watch(pc: Watchable, options: { label?: string } = {}): void {
    const { label = "" } = options;
    const key = String(++this.#made);
    const connection = new Connection(pc, label, {
      clock: () => performance.now(),
      now,
      note: (kind, value, more) => this.#note(kind, value, { ...more, connection: key }),
      addresses: this.#options.addresses ?? "masked",
      devices: this.#options.devices ?? true,
      labels: this.#labels,
    });
    this.#connections.set(key, { connection });
    this.#schedule(key);
  }

  /** Watches every connection that the page makes from now on, and requests for cameras, microphones and screens. */
  wrap(): void {
    this.#unwrap();
    const watch = (pc: RTCPeerConnection): void => this.watch(pc);
    const Original = RTCPeerConnection;
    const unwatchMedia = watchMedia(this.#note, this.#options.devices ?? true, ({ id }) => this.label(id, { source: "screen" }));
    globalThis.RTCPeerConnection = class extends Original {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        watch(this);
      }
    };
    this.#unwrap = () => {
      unwatchMedia();
      globalThis.RTCPeerConnection = Original;
    };
  }

  /** Says what the application knows of a track; what was said before stays unless it is said again. */
  label(track: MediaStreamTrack | string, labels: TrackLabels): void {
    const id = typeof track === "string" ? track : track.id;
    this.#labels.set(id, { ...this.#labels.get(id), ...labels });
  }

  /** Puts a word of the application on the call's time line; `detail` is sent as JSON. */
  event(name: string, detail?: unknown): void {
    this.#note("application", name, detail === undefined ? {} : { detail: JSON.stringify(detail) });
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
    this.#unwrap();
    clearInterval(this.#batchTimer);
    const last = Array.from(this.#connections.values(), ({ connection, timer }) => {
      clearTimeout(timer);
      return connection.tick();
    });
    await atMost(1000, Promise.allSettled(last));
    this.#note("left");
    this.#stopping.abort();
    await atMost(5000, this.flush());
    this.#outbox.leave();
  }

  status(): CollectorStatus {
    const intervals = Array.from(this.#connections.values(), ({ connection }) => this.#interval(connection));
    return { ...this.#outbox.fate, waiting: this.#outbox.waiting, intervals };
  }

  readonly #note = (kind: string, value = "", more: { detail?: string; track?: string; connection?: string } = {}): void => {
    if (this.#events.length >= EVENTS_MAX || this.#stopping.signal.aborted) return;
    this.#lastEventAt = Math.max(now(), this.#lastEventAt + 1); // its time is what an event is known by
    const { detail, ...rest } = more;
    this.#events.push({
      at: this.#lastEventAt,
      kind,
      ...(value && { value: value.slice(0, WORD_MAX) }),
      ...(detail && { detail: detail.slice(0, DETAIL_MAX) }),
      ...rest,
    });
  };

  #interval(connection: Connection): number {
    const wanted = Math.max(this.#options.interval ?? 1000, 250);
    return Math.max(wanted, Math.min(connection.cost * SHARE, LONGEST_INTERVAL));
  }

  #schedule(key: string): void {
    const watched = this.#connections.get(key);
    if (!watched || this.#stopping.signal.aborted) return;
    const { connection } = watched;
    watched.timer = setTimeout(async () => {
      await connection.tick().catch((error: Error) => this.#note("call_failed", "getStats", { detail: error.message }));
      if (connection.size > VALUES_MAX) this.#seal();
      if (connection.closed) this.#retire(key);
      else this.#schedule(key);
    }, this.#interval(connection));
  }

  /** Lets a closed connection go, once its last ticks are in a batch. */
  #retire(key: string): void {
    this.#seal();
    this.#connections.delete(key);
  }

  /** Makes a batch of all there is and puts it in the outbox. */
  #seal(): void {
    const connections = Array.from(this.#connections, ([key, { connection }]) => {
      const part = connection.take();
      return part && { key, ...part };
    }).filter(Boolean);
    const events = this.#events;
    if (!connections.length && !events.length) return;
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
        clock_offset: this.#outbox.clockOffset,
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

function world(persist: boolean): World {
  return {
    fetch: (...call) => fetch(...call),
    now,
    random: Math.random,
    beacon: (url, body) => navigator.sendBeacon(url, body),
    storage: persist ? () => sessionStorage : undefined,
  };
}
