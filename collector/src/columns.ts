// Statistics objects in columns: each member once, as a value or as a list with differences.
// docs/collector.md describes the format.

export type Scalar = string | number | boolean;
export type Values = Record<string, Scalar>;

/** One statistics object of one tick, flat. */
export interface Flat {
  id: string;
  type: string;
  values: Values;
}

type Entry = Scalar | null;

/** An object over consecutive ticks. */
interface Run {
  id: string;
  type: string;
  from: number;
  to: number;
  /** Of each member the value, or a list once an entry differs from the others. */
  values: Record<string, Entry | Entry[]>;
  /** Of each member the last number. */
  last: Record<string, number>;
}

const MICRO = 1e6;
const WHOLE = 2 ** 30;
/** From here on numbers have gaps. */
export const EXACT: number = 2 ** 53;

/** The number as the format can carry it: six decimals, and whole where the sum of decimals would not be exact. */
export function rounded(value: number): number {
  return Math.abs(value) < WHOLE ? Math.round(value * MICRO) / MICRO : Math.round(value);
}

/** `value - last` without the error of binary fractions; null where that is not possible. */
function difference(value: number, last: number): number | null {
  const step = value - last;
  if (Math.abs(value) < WHOLE && Math.abs(last) < WHOLE) return Math.round(step * MICRO) / MICRO;
  return Math.abs(step) < EXACT && step % 1 === 0 ? step : null;
}

/** The ticks of one connection since the last batch. */
export class Columns {
  /** How many values there are; what bounds the work of making a batch. */
  size = 0;
  readonly #at: number[] = [];
  readonly #runs: Run[] = [];
  readonly #open = new Map<string, Run>();
  #lastAt = 0;

  get ticks(): number {
    return this.#at.length;
  }

  /**
   * @param at microseconds since the epoch
   * @param objects as selected; numbers are finite
   */
  add(at: number, objects: Iterable<Flat>): void {
    const tick = this.#at.length;
    this.#at.push(at - this.#lastAt);
    this.#lastAt = at;
    for (const { id, type, values } of objects) {
      let run = this.#open.get(id);
      if (!run || run.to !== tick || run.type !== type) {
        run = { id, type, from: tick, to: tick, values: {}, last: {} };
        this.#open.set(id, run);
        this.#runs.push(run);
      }
      this.#extend(run, values);
    }
  }

  /** What `connections[].at` and `.stats` say. */
  toJSON(): { at: number[]; stats: unknown[] } {
    const ticks = this.ticks;
    return {
      at: this.#at,
      stats: this.#runs.map(({ id, type, from, to, values }) => ({
        id,
        type,
        ...(from && { from }),
        ...(to < ticks && { to }),
        values,
      })),
    };
  }

  #extend(run: Run, values: Values): void {
    const index = run.to++ - run.from;
    for (const name in values) {
      this.size++;
      put(run, name, index, values[name]!);
    }
    for (const name in run.values) if (!(name in values)) put(run, name, index, null);
  }
}

/** Appends the entry of one tick. */
function put({ values, last }: Run, name: string, index: number, value: Entry): void {
  const known = values[name] ?? (index ? null : value);
  let entry = value;
  if (typeof value === "number") {
    if (name in last) entry = difference(value, last[name]!);
    if (entry !== null) last[name] = value;
  }
  if (Array.isArray(known)) known.push(entry);
  else if (value === known) values[name] = known;
  else values[name] = [known, ...Array<Entry>(index - 1).fill(typeof known === "number" ? 0 : known), entry];
}
