import { parseClusterArn } from "#fleet/cluster";
import type { ClusterRecord } from "#fleet/record";

/** Structurally an alert's input: this package is below none of those that know alerts. */
export interface StepAlert {
  /**
   * `cluster.step-failed` (critical): a step needs a person. `cluster.unreachable` (warning): EKS or the cluster's API
   * has not answered for a quarter of an hour. `cluster.stuck` (warning): the same wait for longer than an hour, or one
   * wait after the other for more than two.
   */
  readonly id: "cluster.step-failed" | "cluster.unreachable" | "cluster.stuck";
  readonly severity: "critical" | "warning";
  readonly labels: {
    readonly cluster: string;
    readonly account: string;
    readonly region: string;
    readonly step: string;
  };
  readonly summary: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly remedy: string;
}

const STUCK_MS = 60 * 60_000;
const RESTLESS_MS = 2 * 60 * 60_000;
const UNREACHABLE_MS = 15 * 60_000;
const UNREACHABLE: ReadonlySet<string> = new Set(["unreachable", "cluster-unobservable"]);
/** Waits that somebody wanted, and late uploads, which are the audit's to report. */
const NOT_STUCK: ReadonlySet<string> = new Set(["paused", "nothing-to-do"]);

/** What is wrong with a cluster by its record: at most one alert, none when all is well or still in time. */
export function stepAlerts(record: ClusterRecord, now: Date): readonly StepAlert[] {
  if (record.phase === "failed") return [alertOf(record, "cluster.step-failed", "critical", "needs a person")];
  if (record.phase !== "waiting" || NOT_STUCK.has(record.reason)) return [];
  const waited = now.getTime() - Date.parse(record.history.at(-1)?.at ?? record.updatedAt);
  if (UNREACHABLE.has(record.reason)) {
    return waited > UNREACHABLE_MS ? [alertOf(record, "cluster.unreachable", "warning", "does not answer")] : [];
  }
  if (waited > STUCK_MS) return [alertOf(record, "cluster.stuck", "warning", "has been waiting for over an hour")];
  return now.getTime() - restlessSince(record) > RESTLESS_MS ? [restless(record)] : [];
}

/** When it began to wait for one thing after the other, such as an upgrade that is killed, repaired and killed again; now if it does not. */
function restlessSince({ history, updatedAt }: ClusterRecord): number {
  const calm = history.findLastIndex(
    ({ step, outcome, reason }) => step === "none" || outcome === "failed" || NOT_STUCK.has(reason),
  );
  return Date.parse(history[calm + 1]?.at ?? updatedAt);
}

/** Says nothing of the step and the reason of the moment: with every change it would be another alert. */
function restless(record: ClusterRecord): StepAlert {
  const calm = { ...record, step: "none", remedy: "" };
  const alert = alertOf(calm, "cluster.stuck", "warning", "has not come to rest for over two hours");
  return {
    ...alert,
    evidence: { ...alert.evidence, step: record.step, since: new Date(restlessSince(record)).toISOString() },
  };
}

function alertOf(record: ClusterRecord, id: StepAlert["id"], severity: StepAlert["severity"], what: string): StepAlert {
  const { arn, step, reason, message, remedy, attempts } = record;
  const ref = parseClusterArn(arn);
  const { name: cluster = arn, account = "unknown", region = "unknown" } = ref ?? {};
  return {
    id,
    severity,
    labels: { cluster, account, region, step },
    summary: step === "none" ? `${cluster} ${what}` : `${cluster} ${what} at step ${step}: ${reason}`,
    evidence: { arn, reason, message, attempts, since: record.history.at(-1)?.at ?? record.updatedAt },
    remedy:
      remedy === ""
        ? `see what is there and what is missing: musterbook observe --context <the kubeconfig's name of ${cluster}>`
        : remedy,
  };
}
