// For the tests in Python: reads series of reports, one JSON list per line, and answers each with the columns.

import { createInterface } from "node:readline";
import { Columns } from "../src/columns.ts";
import { select } from "../src/selection.ts";

type Report = Parameters<typeof select>[0];

for await (const line of createInterface({ input: process.stdin })) {
  const columns = new Columns();
  for (const stats of JSON.parse(line) as unknown[][]) {
    const { at, objects } = select({ values: () => stats } as Report, "full");
    columns.add(at, objects);
  }
  console.log(JSON.stringify(columns));
}
