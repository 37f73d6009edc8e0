import type { FunctionName } from "#stacks/wiring";

/** What a function's code may weigh, and what it may take a fresh process to load it. */
export interface Budget {
  /** Of the minified bundle, without the layer. */
  readonly bytes: number;
  /** CPU time: on an idle machine about what the clock says, and on a busy one not much more. */
  readonly importMs: number;
}

const MB = 1_000_000;
/** Functions that look into clusters carry a client of the Kubernetes API, and YAML for what they find there. */
const WITH_KUBERNETES: readonly string[] = ["reconcile-cluster", "publish-store-list", "check-store-list"];

export function reachesClusters(name: FunctionName): boolean {
  return WITH_KUBERNETES.includes(name);
}

export function budgetOf(name: FunctionName): Budget {
  return { bytes: reachesClusters(name) ? 1.3 * MB : MB, importMs: 250 };
}
