import { drive } from "#stacks/drive";
import type { Made } from "#stacks/grants";
import { lambda } from "#stacks/lambda";
import type { Stage } from "#stacks/stage";

/** The Querier's list follows the registry: at once by its stream, and by the clock for what a stream cannot tell. */
export function stores(stage: Stage, made: Made) {
  const publish = lambda(stage, made, "publish-store-list");
  drive(stage, made, "publish-store-list", publish);

  const check = lambda(stage, made, "check-store-list");
  drive(stage, made, "check-store-list", check);
  return [publish, check];
}
