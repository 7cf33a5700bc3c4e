// Which objects and members of a report are worth sending, and how much of an address.

import { EXACT, rounded, type Flat, type Values } from "./columns.ts";

/** How much of IP addresses leaves the browser: two of four octets of IPv4 and 32 bits of IPv6, all, or nothing. */
export type Addresses = "masked" | "full" | "none";

type Stat = Record<string, unknown> & { id: string; type: string; timestamp: number };
type Report = { values(): Iterable<unknown> };

const TYPES = /^((remote-)?(in|out)bound-rtp|candidate-pair|(local|remote)-candidate|transport|codec|media-(source|playout))$/;

// Said elsewhere in the report, of no use for judging a call, or able to recognise a person.
const UNUSED = /^(id|type|timestamp|mediaType|ip|isRemote|priority|foundation|.*ernameFragment|.*CertificateId|googTiming.*)$/;

const PAIRS_MAX = 20;
const STRING_MAX = 1000;

/** One tick: when, in microseconds since the epoch, and the objects. */
export function select(report: Report, addresses: Addresses): { at: number; objects: Flat[] } {
  const stats = ([...report.values()] as Stat[]).filter(({ type }) => TYPES.test(type));
  let at = 0;
  for (const { type, timestamp } of stats) if (!type.startsWith("remote-")) at = Math.max(at, timestamp);
  const wanted = paths(stats);
  const objects: Flat[] = [];
  for (const stat of stats) {
    if (/candidate/.test(stat.type) && !wanted.has(stat.id)) continue;
    const values = flatten(stat, addresses);
    if (stat.timestamp !== at) values.timestamp = Math.round(stat.timestamp);
    objects.push({ id: stat.id, type: stat.type, values });
  }
  return { at: Math.round(at * 1000), objects };
}

/** The ids of the candidate pairs in use with their candidates; while there are none, of those being tried. */
function paths(stats: Stat[]): Set<unknown> {
  const selected = new Set(stats.map((stat) => stat.selectedCandidatePairId));
  const pairs = stats.filter(({ type }) => type === "candidate-pair");
  const live = pairs.filter((pair) => pair.nominated || pair.selected || selected.has(pair.id));
  const kept = live.length ? live : pairs.slice(0, PAIRS_MAX);
  return new Set(kept.flatMap((pair) => [pair.id, pair.localCandidateId, pair.remoteCandidateId]));
}

function flatten(stat: Stat, addresses: Addresses): Values {
  const values: Values = {};
  for (const name in stat) {
    if (UNUSED.test(name)) continue;
    const value = stat[name];
    if (/ddress$/.test(name)) {
      const masked = mask(String(value), addresses);
      if (masked) values[name] = masked;
    } else if (value && typeof value === "object") {
      for (const inner in value) keep(values, `${name}.${inner}`, (value as Record<string, unknown>)[inner]);
    } else keep(values, name, value);
  }
  return values;
}

/** Puts a member among the others if the format can carry it. */
export function keep(values: Values, name: string, value: unknown): void {
  if (typeof value === "number") {
    if (Math.abs(value) < EXACT) values[name] = rounded(value);
  } else if (typeof value === "boolean" || (typeof value === "string" && value && value.length <= STRING_MAX)) {
    values[name] = value;
  }
}

/** An address with less in it; empty when nothing may be said. */
export function mask(address: string, addresses: Addresses): string {
  if (addresses === "full") return address;
  if (addresses === "none" || /[^\da-f.:]/i.test(address)) return ""; // a name, such as those of mDNS
  const [first, second] = address.split(/[.:]/);
  return address.includes(":") ? `${first || 0}:${second || 0}::` : `${first}.${second}.0.0`;
}
