import { drive } from "#stacks/drive";
import type { Made } from "#stacks/grants";
import { lambda } from "#stacks/lambda";
import type { Stage } from "#stacks/stage";

const FUNCTIONS = ["index-block", "enqueue-listings", "list-bucket", "enqueue-audits", "audit-bucket"] as const;

/** Buckets are listed and judged by the clock, and blocks are read as they come. Needs to read the buckets and nothing else. */
export function audit(stage: Stage, made: Made) {
  return FUNCTIONS.map((name) => {
    const fn = lambda(stage, made, name);
    drive(stage, made, name, fn);
    return fn;
  });
}
