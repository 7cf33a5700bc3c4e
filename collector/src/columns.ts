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

interface Column {
  /** The last number; undefined before the first. */
  last?: number;
  value: Entry;
  /** Only once an entry differs from the others. */
  list?: Entry[];
}

interface Run {
  id: string;
  type: string;
  from: number;
  to: number;
  columns: Map<string, Column>;
}

const MICRO = 1e6;
const WHOLE = 2 ** 30;

/** The number as the format can carry it: six decimals, and whole where the sum of decimals would not be exact. */
export function rounded(value: number): number {
  return Math.abs(value) < WHOLE ? Math.round(value * MICRO) / MICRO : Math.round(value);
}

/** `value - last` without the error of binary fractions; null where that is not possible. */
function difference(value: number, last: number): number | null {
  if (Number.isInteger(value) && Number.isInteger(last)) return Number.isSafeInteger(value - last) ? value - last : null;
  if (Math.abs(value) >= WHOLE || Math.abs(last) >= WHOLE) return null;
  return (Math.round(value * MICRO) - Math.round(last * MICRO)) / MICRO;
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
        run = { id, type, from: tick, to: tick, columns: new Map() };
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
      stats: this.#runs.map(({ id, type, from, to, columns }) => ({
        id,
        type,
        ...(from && { from }),
        ...(to < ticks && { to }),
        values: Object.fromEntries(Array.from(columns, ([name, column]) => [name, column.list ?? column.value])),
      })),
    };
  }

  #extend(run: Run, values: Values): void {
    const index = run.to++ - run.from;
    for (const name in values) {
      this.size++;
      const value = values[name]!;
      let column = run.columns.get(name);
      if (!column) run.columns.set(name, (column = { value: index ? null : value }));
      put(column, index, value);
    }
    for (const [name, column] of run.columns) if (!(name in values)) put(column, index, null);
  }
}

/** Appends the entry of one tick. */
function put(column: Column, index: number, value: Entry): void {
  const { last, list } = column;
  let entry = value;
  if (typeof value === "number") {
    if (last !== undefined) entry = difference(value, last);
    if (entry !== null) column.last = value;
  }
  if (list) list.push(entry);
  else if (value !== column.value) {
    const same = typeof column.value === "number" ? 0 : column.value;
    column.list = [column.value, ...Array<Entry>(index - 1).fill(same), entry];
  }
}
