#!/usr/bin/env node
// The command. In a clone the sources are TypeScript that Node 24 runs as it is, and an older Node hands over to the one
// that `npm ci` has installed beside them; the npm package holds JavaScript. This file itself has to run on any Node.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";

const NEEDED = 24;
const sources = fileURLToPath(new URL("./main.ts", import.meta.url));
const built = fileURLToPath(new URL("../../dist/packages/cli/main.js", import.meta.url));
const main = existsSync(sources) ? sources : built;
const pinned = fileURLToPath(new URL("../../node_modules/node/bin/node", import.meta.url));

if (Number(process.versions.node.split(".")[0]) >= NEEDED) {
  await import(pathToFileURL(main).href);
} else if (existsSync(pinned)) {
  handOver();
} else {
  process.stderr.write(
    `musterbook: needs Node ${NEEDED} or newer; this is ${process.version}, and its own is not installed (${pinned}).\n` +
      `Run npm ci in the clone, or use Node ${NEEDED}.\n`,
  );
  process.exitCode = 2;
}

function handOver() {
  const child = spawn(pinned, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // A terminal sends Ctrl-C to the child as well: once is enough.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    process.stderr.write(`musterbook: cannot start ${pinned}: ${error.message}\nRun npm ci again.\n`);
    process.exitCode = 2;
  });
  child.on("exit", (code, signal) => {
    process.exit(signal === null ? (code ?? 2) : 128 + constants.signals[signal]);
  });
}
