// Batches on their way: kept until the server has them on its disk, however long the network is away.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
const PATIENCE = 15_000;
const KEEPALIVE_MAX = 60_000; // browsers allow 64 kB of such requests at a time

/** What the outbox is told, and wants of the world. */
export interface World {
  url: string;
  /** The client key or participant token to show. */
  credential(): Promise<string> | string;
  /** Characters that may wait; when there are more, the oldest batches are given up. */
  capacity: number;
  fetch: typeof fetch;
  /** Microseconds since the epoch, by the clock of the statistics. */
  now(): number;
  /** May throw: some pages must not even ask for it. */
  storage?: () => Pick<Storage, "getItem" | "setItem" | "removeItem">;
  /** False when the browser does not take it. */
  beacon?: (url: string, body: string) => boolean | undefined;
}

/** What has become of the batches so far. */
export interface Fate {
  accepted: number;
  refused: number;
  dropped: number;
}

export class Outbox {
  readonly fate: Fate = { accepted: 0, refused: 0, dropped: 0 };
  /** What to add to our times to have the server's, microseconds; undefined while the server has not said its time. */
  clockOffset?: number;
  #queue: string[];
  readonly #world: World;
  #credential = "";
  #draining?: Promise<void>;
  #wake?: () => void;

  constructor(world: World) {
    this.#world = world;
    this.#queue = this.#remember()?.split("\n") ?? [];
    // At once, because a page that goes away has no time to ask; who cannot say it now is asked again.
    this.#identify().catch(() => {});
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Takes a batch over, a JSON object. */
  push(batch: string): void {
    this.#queue.push(batch);
    let size = this.#queue.reduce((sum, each) => sum + each.length, 0);
    while (size > this.#world.capacity) {
      size -= this.#queue.shift()!.length;
      this.fate.dropped++;
    }
    void this.drain();
  }

  /** Resolves when nothing waits any more, or the server will never take what does. */
  drain(): Promise<void> {
    return (this.#draining ??= this.#sendAll().finally(() => (this.#draining = undefined)));
  }

  /** The page goes away: whatever waits is handed to the browser, and kept for the page's next life in this tab. */
  leave(): void {
    const key = this.#credential; // of letters that an address can have
    this.#queue = this.#queue.map(this.#finish);
    for (const batch of this.#queue) if (!key || !this.#world.beacon?.(`${this.#world.url}?key=${key}`, batch)) break;
    if (this.#queue.length) this.#remember(this.#queue.join("\n"));
  }

  /** The network is back, or the page from the browser's cache: tries again at once. */
  resume(): void {
    this.#remember();
    this.#wake?.();
    void this.drain();
  }

  /** Leaves a text for the page's next life, or takes the one from its last. */
  #remember(text?: string): string | null | undefined {
    const { url } = this.#world;
    try {
      const storage = this.#world.storage?.();
      const found = storage?.getItem(url);
      // There may be another collector in the page.
      if (text) storage?.setItem(url, found ? `${found}\n${text}` : text);
      else storage?.removeItem(url);
      return found;
    } catch {
      // The browser keeps nothing for this page; the beacon has to do.
    }
  }

  async #sendAll(): Promise<void> {
    let wait = FIRST_WAIT;
    for (;;) {
      if (this.clockOffset === undefined) await this.#askTime();
      if (!this.#queue.length) return;
      const batch = (this.#queue[0] = this.#finish(this.#queue[0]!));
      const pause = await this.#send(batch);
      if (pause === undefined) {
        this.#queue = this.#queue.filter((each) => each !== batch);
        wait = FIRST_WAIT;
      } else {
        await this.#sleep(Math.max(pause, wait * (0.5 + Math.random())));
        wait = Math.min(wait * 2, LONGEST_WAIT);
      }
    }
  }

  /** Undefined when the batch is done with, otherwise the least milliseconds until the next try. */
  async #send(batch: string): Promise<number | undefined> {
    const sent = this.#world.now();
    try {
      const response = await this.#post(batch);
      const { ok, status, headers } = response;
      if (ok) {
        const answer = (await response.json()) as { accepted?: number; time?: number };
        // A wall in front of the network answers 200 too, but not like this.
        if (answer.accepted === undefined) return 0;
        this.#compareClocks(sent, answer);
      }
      if (status === 401 || status === 403) this.#credential = "";
      if (status >= 500 || [401, 403, 408, 429].includes(status)) return Number(headers.get("retry-after")) * 1000 || 0;
      this.fate[ok ? "accepted" : "refused"]++;
      return undefined;
    } catch {
      return 0; // no network, or no credential
    }
  }

  /** The credential, asked for when there is none or the server has not liked it. */
  async #identify(): Promise<string> {
    return (this.#credential ||= await this.#world.credential());
  }

  /** The batch as it goes out for the first time and ever after: with what is known of our clock. */
  readonly #finish = (batch: string): string =>
    batch.startsWith('{"clock') ? batch : batch.replace("{", `{"clock_offset":${this.clockOffset ?? null},`);

  async #post(batch: string): Promise<Response> {
    const credential = await this.#identify();
    const body = await compressed(batch);
    return this.#fetch({
      method: "POST",
      body,
      keepalive: body.size < KEEPALIVE_MAX,
      headers: { authorization: `Bearer ${credential}` },
    });
  }

  #fetch(more?: RequestInit): Promise<Response> {
    // Safari before 16 cannot lose its patience.
    return this.#world.fetch(this.#world.url, { credentials: "omit", signal: AbortSignal.timeout?.(PATIENCE), ...more });
  }

  /** Asks what time the server has, twice, because the first time the connection has to be made. */
  async #askTime(): Promise<void> {
    try {
      await this.#fetch();
      const sent = this.#world.now();
      this.#compareClocks(sent, await (await this.#fetch()).json());
    } catch {
      // Then the answer to a batch says it.
    }
  }

  /**
   * Believes our clock as long as it may be right, and an offset until an answer shows that it is wrong, so that
   * no time between two ticks is longer or shorter than it was. The server's time is that of some moment between
   * sending and receiving.
   */
  #compareClocks(sent: number, { time }: { time?: number }): void {
    if (!time) return;
    const doubt = (this.#world.now() - sent) / 2;
    const middle = time - sent - doubt;
    const known = this.clockOffset ?? (Math.abs(middle) > doubt ? middle : 0);
    this.clockOffset = Math.round(Math.min(Math.max(known, middle - doubt), middle + doubt));
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
