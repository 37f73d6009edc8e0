import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Audited, parseAudited } from "#bench/audit/measured";
import type { BenchBucket, Store } from "#bench/audit/store";

const AUDIT_ONE = fileURLToPath(new URL("audit-one.ts", import.meta.url));
const TAIL = 4_000;

/** A process that is up and audits one bucket with an index, as often as it is told to. */
export interface Auditor {
  /** As of a time, ms. */
  audit(at: number): Promise<Audited>;
  stop(): Promise<void>;
}

export function startAuditor(
  store: Store,
  { url, index }: Pick<BenchBucket, "url" | "index">,
  mode: "tick" | "tail" | "full",
): Auditor {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [AUDIT_ONE, mode, url, index, store.endpoint], {
    env: { PATH, HOME, ...store.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString("utf8")).slice(-TAIL);
  });
  const ended = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    audit: async (at) => {
      await store.counts();
      child.stdin.write(`${new Date(at).toISOString()}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the audit ended:\n${errors}`);
      return { ...parseAudited(value), counts: await store.counts() };
    },
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
