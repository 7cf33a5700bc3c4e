// For pages without a bundler: `new Sonde.Collector(...)` after a script element.

import { Collector } from "./collector.ts";

Object.assign(globalThis, { Sonde: { Collector } });
