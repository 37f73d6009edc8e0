import { drive } from "#stacks/drive";
import type { Made } from "#stacks/grants";
import { lambda } from "#stacks/lambda";
import type { Stage } from "#stacks/stage";

/** Buckets are judged by the clock, and blocks are read as they come. Needs read access to the buckets and nothing else. */
export function audit(stage: Stage, made: Made) {
  const index = lambda(stage, made, "index-block");
  drive(stage, made, "index-block", index);

  const judge = lambda(stage, made, "audit-bucket");
  drive(stage, made, "audit-bucket", judge);
  return [index, judge];
}
