import type { EndpointEntry } from "#fleet/record";
import type { Selection } from "#fleet/select";
import type { Observed } from "#onboard/state";

/** What can be done, one at a time. */
export type StepName = "access" | "crds" | "release" | "dns" | "register" | "offboard";

/** Where a look can end: a step, or a layer that only the world can move. */
export type LayerName = StepName | "observe" | "cluster" | "reach" | "ready" | "prove";

/** When to look again: at a time; `soon` 15 s doubling to 5 min; `patiently` to 30 min; `sweep` not before the next sweep. */
export type Until = Date | "soon" | "patiently" | "sweep";

export type Plan =
  | { readonly do: StepName; readonly because: string }
  | { readonly wait: string; readonly at: LayerName; readonly message: string; readonly until: Until }
  | { readonly stop: string; readonly at: LayerName; readonly message: string; readonly remedy: string }
  | { readonly nothing: true; readonly because: string };

/** What the record remembers that no look at the world tells. */
export interface Facts {
  /** When we last made the access entry. */
  readonly grantedAt: Date | null;
  readonly endpoint: EndpointEntry | null;
}

export interface PlanInput {
  readonly state: Observed;
  /** Null where the tags are not known: the cluster is absent or EKS did not answer. */
  readonly selection: Selection | null;
  readonly facts: Facts;
  readonly paused: boolean;
  readonly now: Date;
}

/** Undefined: this layer is as it should be. */
export type Verdict = Plan | undefined;
