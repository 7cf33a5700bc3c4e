export { Collector, type CollectorOptions, type CollectorStatus } from "./collector.ts";
export type { TrackLabels } from "./connection.ts";
export type { Addresses } from "./selection.ts";
