// Checks the types of sources and tests, and builds dist/: index.js for bundlers, sonde-collector.js for a
// script element, and the declarations.

import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const { version } = JSON.parse(readFileSync(`${here}package.json`, "utf8"));
const shared = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
  define: { VERSION: JSON.stringify(version) },
};

rmSync(`${here}dist`, { recursive: true, force: true });
for (const project of [".", "tests"]) {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "--project", project], { cwd: here, stdio: "inherit" });
}
await build({ ...shared, entryPoints: ["src/index.ts"], format: "esm", outfile: "dist/index.js" });
await build({ ...shared, entryPoints: ["src/script.ts"], format: "iife", outfile: "dist/sonde-collector.js" });
