// One peer connection: a tick of its statistics at a time, what its tracks are, and what happens to it.

import { Columns, type Flat, type Values } from "./columns.ts";
import { keep, select, type Addresses } from "./selection.ts";

/** What the application knows of a track and no statistic says. */
export interface TrackLabels {
  /** What people would call it. */
  label?: string;
  source?: "microphone" | "camera" | "screen";
  /** Whose track this is, when it comes from somebody else. */
  participant?: string;
  /** What they call it. */
  stream?: string;
  /** Size in which it is shown, physical pixels. */
  renderWidth?: number;
  renderHeight?: number;
}

export type Note = (kind: string, value?: string, more?: { detail?: string; track?: string }) => void;

export interface Surroundings {
  /** Microseconds since the epoch. */
  now(): number;
  note: Note;
  addresses: Addresses;
  devices: boolean;
  labels: Map<string, TrackLabels>;
}

const STATES = ["signaling", "iceGathering", "iceConnection", "connection"];
const SETTINGS = ["height", "frameRate", "echoCancellation", "noiseSuppression", "autoGainControl"] as const;

/** Anything with `getStats`; what else of a connection there is is used. */
export type Watchable = Pick<RTCPeerConnection, "getStats"> & Partial<RTCPeerConnection>;

export class Connection {
  label = "";
  timer?: ReturnType<typeof setTimeout>;
  /** Milliseconds of the main thread that a tick takes, smoothed. */
  cost = 0;
  closed = false;
  readonly #pc: Watchable;
  readonly #key: string;
  readonly #around: Surroundings;
  #columns = new Columns();
  #first = 0;
  #lastAt = 0;
  readonly #tracks = new Map<MediaStreamTrack, { enabled: boolean; unheard: AbortController }>();

  constructor(pc: Watchable, key: string, around: Surroundings) {
    this.#pc = pc;
    this.#key = key;
    this.#around = around;
    around.note("created");
    for (const name of STATES) {
      const kind = `${name.replace("C", "_c").replace("G", "_g")}_state`;
      const tell = (): void => around.note(kind, String(pc[`${name}State` as keyof Watchable]));
      pc.addEventListener?.(`${name.toLowerCase()}statechange`, tell);
    }
    pc.addEventListener?.("icecandidateerror", ({ errorCode, errorText }) => {
      around.note("candidate_error", String(errorCode), { detail: errorText });
    });
  }

  /** How many values wait for the next batch. */
  get size(): number {
    return this.#columns.size;
  }

  /** Hears of nothing any more, so that a camera that outlives the connection does not keep it. */
  release(): void {
    for (const { unheard } of this.#tracks.values()) unheard.abort();
  }

  /** Never fails: whatever the statistics do, the call and the next tick must go on. */
  async tick(): Promise<void> {
    try {
      this.#read(await this.#pc.getStats());
    } catch (error) {
      this.#around.note("call_failed", "getStats", { detail: String(error) });
    }
    if (this.#pc.signalingState === "closed" && !this.closed) {
      this.closed = true;
      this.#around.note("closed");
      this.release();
    }
  }

  #read(report: RTCStatsReport): void {
    const begun = this.#around.now();
    const selected = select(report as unknown as Map<string, unknown>, this.#around.addresses);
    const at = selected.at || begun;
    // Browsers keep a report for some 50 ms: the same one twice is one tick.
    if (at !== this.#lastAt) this.#columns.add((this.#lastAt = at), selected.objects.concat(this.#describeTracks()));
    this.cost += ((this.#around.now() - begun) / 1000 - this.cost) / 4;
  }

  /** The ticks since the last call, for a batch; undefined when there are none. */
  take(): object | undefined {
    const columns = this.#columns;
    const first = this.#first;
    if (!columns.ticks) return undefined;
    this.#first += columns.ticks;
    this.#columns = new Columns();
    return { key: this.#key, label: this.label, first, ...columns.toJSON() };
  }

  #describeTracks(): Flat[] {
    const found = new Map<MediaStreamTrack, boolean>(); // several senders may share a track
    for (const { track } of this.#pc.getReceivers?.() ?? []) found.set(track, false);
    for (const { track } of this.#pc.getSenders?.() ?? []) if (track) found.set(track, true);
    for (const track of this.#tracks.keys()) if (!found.has(track)) this.#lose(track);
    return Array.from(found, ([track, local]) => this.#describe(track, local));
  }

  #describe(track: MediaStreamTrack, local: boolean): Flat {
    const known = this.#tracks.get(track) ?? this.#meet(track, local);
    const values: Values = { enabled: track.enabled, muted: track.muted, ended: track.readyState === "ended" };
    if (local) {
      const settings = track.getSettings();
      for (const name of SETTINGS) keep(values, name, settings[name]);
      if (settings.displaySurface) values.source = "screen";
      if (this.#around.devices) keep(values, "device", track.label);
      if (known.enabled !== track.enabled) {
        known.enabled = track.enabled;
        this.#around.note(track.enabled ? "track_enabled" : "track_disabled", track.kind, { track: track.id });
      }
    }
    const labels = this.#around.labels.get(track.id);
    for (const name in labels) keep(values, name, labels[name as keyof TrackLabels]);
    return { id: track.id, type: "track", values };
  }

  #meet(track: MediaStreamTrack, local: boolean): { enabled: boolean } {
    const { note } = this.#around;
    const { id, kind, enabled } = track;
    const unheard = new AbortController();
    const known = { enabled, unheard };
    this.#tracks.set(track, known);
    note(local ? "track_added" : "track_received", kind, { track: id });
    for (const event of ["mute", "unmute", "ended"]) {
      track.addEventListener(event, () => note(`track_${event.replace(/e$/, "ed")}`, kind, { track: id }), unheard);
    }
    return known;
  }

  #lose(track: MediaStreamTrack): void {
    this.#tracks.get(track)?.unheard.abort();
    this.#tracks.delete(track);
    this.#around.note("track_removed", track.kind, { track: track.id });
  }
}
