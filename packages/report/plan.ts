import { counted } from "#blocks/text";
import type { ClusterRef } from "#fleet/cluster";
import type { Mode } from "#fleet/mode";
import type { LayerName } from "#onboard/verdict";
import type { Change } from "#report/plan-changes";
import { displayWidth, withMoments, wrap } from "#report/text";

/** What would be done on one cluster, and why. */
export interface ClusterPlan {
  readonly arn: string;
  readonly name: string;
  readonly region: string;
  readonly account: string;
  /** Null where it is not known: the cluster is gone or EKS did not answer. */
  readonly mode: Mode | "ignore" | null;
  readonly next: NextStep;
  readonly changes: readonly Change[];
}

/** `unknown`: the cluster could not be looked at. `remedy` is empty where nobody has to do anything. */
export interface NextStep {
  readonly kind: "do" | "wait" | "stop" | "nothing" | "unknown";
  readonly at: LayerName | null;
  readonly reason: string;
  readonly message: string;
  readonly remedy: string;
}

/** The plan for programs; `schemaVersion` grows with every change that a reader has to know of. */
export interface FleetPlan {
  readonly schemaVersion: 1;
  /** RFC 3339. */
  readonly now: string;
  readonly summary: {
    readonly clusters: number;
    readonly accounts: number;
    readonly regions: number;
    readonly modes: Readonly<Record<Mode | "ignore" | "unknown", number>>;
    readonly add: number;
    readonly change: number;
    readonly remove: number;
    /** Clusters by what comes next. */
    readonly next: Readonly<Record<NextStep["kind"], number>>;
  };
  /** Worst first. */
  readonly clusters: readonly ClusterPlan[];
}

/** Worst first. */
const KINDS = ["unknown", "stop", "do", "wait", "nothing"] as const satisfies readonly NextStep["kind"][];
const MODES = ["observe", "register", "manage", "ignore", "unknown"] as const;
const ACTIONS = ["add", "change", "remove"] as const satisfies readonly Change["action"][];

export function fleetPlan(plans: readonly ClusterPlan[], now: Date): FleetPlan {
  const changes = plans.flatMap((plan) => plan.changes);
  const tally = <K extends string>(keys: readonly K[], of: readonly K[]) =>
    Object.fromEntries(keys.map((key) => [key, of.filter((one) => one === key).length])) as Readonly<Record<K, number>>;
  const kinds = plans.map(({ next }) => next.kind);
  return {
    schemaVersion: 1,
    now: now.toISOString(),
    summary: {
      clusters: plans.length,
      accounts: new Set(plans.map(({ account }) => account)).size,
      regions: new Set(plans.map(({ region }) => region)).size,
      modes: tally(
        MODES,
        plans.map(({ mode }) => mode ?? "unknown"),
      ),
      ...tally(
        ACTIONS,
        changes.map(({ action }) => action),
      ),
      next: tally(KINDS, kinds),
    },
    clusters: [...plans].sort((a, b) => KINDS.indexOf(a.next.kind) - KINDS.indexOf(b.next.kind)),
  };
}

export interface FleetPlanOptions {
  readonly width: number;
}

/** Counts per mode, one block per cluster, and a count of what would be done. */
export function renderFleetPlan(plan: FleetPlan, { width }: FleetPlanOptions): string {
  if (plan.clusters.length === 0) return "No cluster found.\n";
  const names = plan.clusters.map(titleOf);
  const column = Math.max(...names.map(displayWidth)) + 2;
  const blocks = plan.clusters.flatMap((cluster) => blockOf(cluster, { width, column, now: plan.now }));
  return `${[...headOf(plan), "", ...blocks, "", ...wrap(footOf(plan), { width })].join("\n")}\n`;
}

function headOf({ summary }: FleetPlan): readonly string[] {
  const { clusters, accounts, regions, modes } = summary;
  const where = `${counted(accounts, "account")}, ${counted(regions, "region")}`;
  const rows = MODES.filter((mode) => modes[mode] > 0).map((mode) => {
    return `  ${mode.padEnd(8)} ${String(modes[mode]).padStart(4)}   ${MODE_NOTES[mode]}`.trimEnd();
  });
  return [`${counted(clusters, "cluster")} found in ${where}`, ...rows];
}

const MODE_NOTES: Readonly<Record<(typeof MODES)[number], string>> = {
  observe: "nothing will be changed",
  register: "DNS and store list only",
  manage: "",
  ignore: "not looked at",
  unknown: "gone, or EKS did not answer",
};

function titleOf({ name, region }: Pick<ClusterRef, "name" | "region">): string {
  return `${name} (${region})`;
}

interface BlockOptions extends FleetPlanOptions {
  readonly column: number;
  readonly now: string;
}

function blockOf(plan: ClusterPlan, { width, column, now }: BlockOptions): readonly string[] {
  const { next, changes } = plan;
  const remedy = next.remedy === "" ? "" : `. ${sentence(next.remedy)}`;
  const text = withMoments(`${LEADS[next.kind]}${next.message}${remedy}`.replaceAll("..", "."), now);
  const title = titleOf(plan).padEnd(Math.min(column, MAX_COLUMN));
  return [...wrap(text, { width, first: title, indent: "    " }), ...changes.flatMap((one) => lineOf(one, width))];
}

/** Beyond it the text of a cluster stands close behind its name. */
const MAX_COLUMN = 32;

const LEADS: Readonly<Record<NextStep["kind"], string>> = {
  do: "",
  wait: "waits: ",
  stop: "stopped: ",
  nothing: "nothing to do: ",
  unknown: "could not be looked at: ",
};

const MARKS: Readonly<Record<Change["action"], string>> = { add: "+", change: "~", remove: "-" };

function lineOf({ action, what, after }: Change, width: number): readonly string[] {
  const text = after === null ? what : `${what} (after ${after})`;
  return wrap(text, { width, first: `  ${MARKS[action]} `, indent: "      " });
}

function footOf({ summary }: FleetPlan): string {
  const { add, change, remove, next } = summary;
  const counts =
    add + change + remove === 0 ? "Nothing to do." : `${add} to add, ${change} to change, ${remove} to remove.`;
  const others = [
    ...(next.wait > 0 ? [`${counted(next.wait, "cluster")} ${next.wait === 1 ? "waits" : "wait"}`] : []),
    ...(next.stop > 0 ? [`${counted(next.stop, "cluster")} ${next.stop === 1 ? "needs" : "need"} a person`] : []),
    ...(next.unknown > 0 ? [`${counted(next.unknown, "cluster")} could not be looked at`] : []),
  ];
  return others.length === 0 ? counts : `${counts} ${others.join(", ")}.`;
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
