// Batches on their way: kept until the server has them on its disk, however long the network is away.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
const PATIENCE = 15_000;
const KEEPALIVE_MAX = 60_000; // browsers allow 64 kB of such requests at a time

/** What the outbox wants of the world; all of it can be replaced in tests. */
export interface World {
  fetch: typeof fetch;
  /** Microseconds since the epoch, by the clock of the statistics. */
  now(): number;
  /** A number from 0 to 1. */
  random(): number;
  /** May throw: some pages must not even ask for it. */
  storage?: () => Pick<Storage, "getItem" | "setItem" | "removeItem">;
  beacon?: (url: string, body: string) => boolean;
}

export interface Destination {
  url: string;
  /** The client key or participant token to show. */
  credential(): Promise<string> | string;
  /** Characters that may wait; when there are more, the oldest batches are given up. */
  capacity: number;
}

/** What has become of the batches so far. */
export interface Fate {
  accepted: number;
  refused: number;
  dropped: number;
}

export class Outbox {
  readonly fate: Fate = { accepted: 0, refused: 0, dropped: 0 };
  /** What to add to our times to have the server's, microseconds; undefined before the first answer. */
  clockOffset?: number;
  #queue: string[];
  readonly #destination: Destination;
  readonly #world: World;
  #lastCredential = "";
  #quickest = Infinity;
  #draining?: Promise<void>;
  #wake?: () => void;

  constructor(destination: Destination, world: World) {
    this.#destination = destination;
    this.#world = world;
    this.#queue = this.#remember()?.split("\n") ?? [];
  }

  get waiting(): number {
    return this.#queue.length;
  }

  push(batch: string): void {
    this.#queue.push(batch);
    let size = this.#queue.reduce((sum, each) => sum + each.length, 0);
    while (size > this.#destination.capacity) {
      size -= this.#queue.shift()!.length;
      this.fate.dropped++;
    }
    void this.drain();
  }

  /** Resolves when nothing waits any more, or the server will never take what does. */
  drain(): Promise<void> {
    return (this.#draining ??= this.#sendAll().finally(() => (this.#draining = undefined)));
  }

  /** Tries again at once, such as when the network is back. */
  hurry(): void {
    this.#wake?.();
  }

  /** The page goes away: whatever waits is handed to the browser, and kept for the page's next life in this tab. */
  leave(): void {
    const { url } = this.#destination;
    const key = encodeURIComponent(this.#lastCredential);
    for (const batch of this.#queue) if (!this.#world.beacon?.(`${url}?key=${key}`, batch)) break;
    if (this.#queue.length) this.#remember(this.#queue.join("\n"));
  }

  /** The page is back from the browser's cache. */
  stay(): void {
    this.#remember();
    void this.drain();
  }

  /** Leaves a text for the page's next life, or takes the one from its last. */
  #remember(text?: string): string | null | undefined {
    const { url } = this.#destination;
    try {
      const storage = this.#world.storage?.();
      if (text) storage?.setItem(url, text);
      else {
        const found = storage?.getItem(url);
        storage?.removeItem(url);
        return found;
      }
    } catch {
      // The browser keeps nothing for this page; the beacon has to do.
    }
  }

  async #sendAll(): Promise<void> {
    let wait = FIRST_WAIT;
    while (this.#queue.length) {
      const batch = this.#queue[0]!;
      const pause = await this.#send(batch);
      if (pause === undefined) {
        this.#queue = this.#queue.filter((each) => each !== batch);
        wait = FIRST_WAIT;
      } else {
        await this.#sleep(Math.max(pause, wait * (0.5 + this.#world.random())));
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    }
  }

  /** Undefined when the batch is done with, otherwise the least milliseconds until the next try. */
  async #send(batch: string): Promise<number | undefined> {
    let response: Response;
    const sent = this.#world.now();
    try {
      response = await this.#post(batch);
      // A wall in front of the network answers 200 too, but not like this.
      if (response.ok) {
        const { accepted, time } = (await response.json()) as { accepted?: number; time?: number };
        if (accepted === undefined) return 0;
        if (time) this.#compareClocks(sent, time);
      }
    } catch {
      return 0;
    }
    const { status, headers } = response;
    if (status >= 500 || [401, 403, 408, 429].includes(status)) return Number(headers.get("retry-after")) * 1000 || 0;
    this.fate[response.ok ? "accepted" : "refused"]++;
    return undefined;
  }

  async #post(batch: string): Promise<Response> {
    this.#lastCredential = await this.#destination.credential();
    const body = await compressed(batch);
    return this.#world.fetch(this.#destination.url, {
      method: "POST",
      body,
      keepalive: body.size < KEEPALIVE_MAX,
      credentials: "omit",
      headers: { authorization: `Bearer ${this.#lastCredential}` },
      signal: AbortSignal.timeout(PATIENCE),
    });
  }

  /** SNTP's comparison; the quicker the answer, the less can be wrong with it. */
  #compareClocks(sent: number, time: number): void {
    const received = this.#world.now();
    this.#quickest *= 1.2; // clocks drift, so what was learnt grows old
    if (received - sent > this.#quickest) return;
    this.#quickest = received - sent;
    this.clockOffset = Math.round(time - (sent + received) / 2);
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function compressed(text: string): Promise<Blob> {
  const plain = new Blob([text]);
  if (typeof CompressionStream === "undefined") return plain;
  return new Response(plain.stream().pipeThrough(new CompressionStream("gzip"))).blob();
}
