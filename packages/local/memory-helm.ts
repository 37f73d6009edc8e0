import type { Clock } from "#fleet/clock";
import { ConflictError, MusterbookError, RetryableError, TerminalError } from "#fleet/errors";
import { busy, interrupted, tooLarge } from "#helm/failure";
import { forgetRevision, isPending, readRevisions } from "#helm/revisions";
import { monitoringCrds, renderMemoryChart } from "#local/memory-chart";
import { findForeign, type MemoryRelease, readRelease, removeObjects, writeRelease } from "#local/memory-release";
import type { Helm, KubeApi, KubeObject, ReleaseRevision, UpgradeRequest } from "#onboard/ports";

/**
 * How an operation goes wrong: its hook Job fails, helm gets SIGTERM and records the failure, or helm is killed and
 * records nothing: before or after it wrote its objects, or between the two records that end an upgrade.
 */
export type HelmFault = "hook-fails" | "interrupted" | "killed" | "killed-after-objects" | "killed-after-superseding";

export interface MemoryHelmOptions {
  readonly kube: KubeApi;
  readonly clock: Clock;
  readonly crds?: readonly KubeObject[];
  /** Asked once per operation. */
  readonly fault?: (operation: "install" | "upgrade" | "rollback", release: string) => HelmFault | undefined;
}

const HISTORY_MAX = 3;

/**
 * helm over any KubeApi, for schedules of faults: it keeps the release records that helm 4 keeps, in the same states,
 * and writes what `renderMemoryChart` renders. An error of the KubeApi that is not a MusterbookError passes as it is
 * and leaves the record pending: it stands for a crash.
 */
export function memoryHelm(options: MemoryHelmOptions): Helm {
  const { kube } = options;
  return {
    revisions: (release, namespace) => readRevisions(kube, release, namespace),
    forget: (revision) => forgetRevision(kube, revision),
    crds: async () => options.crds ?? monitoringCrds(),
    upgrade: (request) => upgrade(options, request),
    rollback: (release, namespace, revision) => rollback(options, { release, namespace, revision }),
    uninstall: (release, namespace) => uninstall(options, release, namespace),
  };
}

async function upgrade(options: MemoryHelmOptions, request: UpgradeRequest): Promise<void> {
  const { kube, fault } = options;
  const { release, namespace } = request;
  const subject = `helm upgrade of ${namespace}/${release}`;
  const history = await readRevisions(kube, release, namespace);
  const [last] = history;
  if (last !== undefined && isPending(last.status)) {
    throw busy("another operation (install/upgrade/rollback) is in progress", subject);
  }
  const objects = renderMemoryChart(request);
  await refuseForeign(kube, subject, request, objects);
  await ensureNamespace(kube, namespace);
  const base = history.find(({ status }) => status === "deployed") ?? last;
  const before = base === undefined ? undefined : await readRelease(kube, base);
  const next: MemoryRelease = {
    name: release,
    namespace,
    revision: (last?.revision ?? 0) + 1,
    status: base === undefined ? "pending-install" : "pending-upgrade",
    labels: { ...before?.labels, ...request.labels },
    objects,
  };
  await carryOut(options, {
    subject,
    next,
    history,
    supersede: before === undefined ? [] : [before],
    fault: fault?.(base === undefined ? "install" : "upgrade", release),
  });
}

interface RollbackTarget {
  readonly release: string;
  readonly namespace: string;
  readonly revision: number;
}

async function rollback(options: MemoryHelmOptions, { release, namespace, revision }: RollbackTarget): Promise<void> {
  const { kube, fault } = options;
  const subject = `helm rollback of ${namespace}/${release} to ${revision}`;
  const history = await readRevisions(kube, release, namespace);
  const found = history.find((one) => one.revision === revision);
  const target = found === undefined ? undefined : await readRelease(kube, found);
  if (target === undefined) throw failed(subject, `release has no ${revision} version`);
  const deployed = history.filter(({ status }) => status === "deployed");
  const records = await Promise.all(deployed.map((one) => readRelease(kube, one)));
  const supersede = records.filter((record) => record !== undefined);
  const newest = (history[0]?.revision ?? revision) + 1;
  const next: MemoryRelease = { ...target, revision: newest, status: "pending-rollback" };
  await carryOut(options, { subject, next, history, supersede, fault: fault?.("rollback", release) });
}

interface Operation {
  readonly subject: string;
  readonly next: MemoryRelease;
  readonly history: readonly ReleaseRevision[];
  /** What is superseded once the new revision is deployed. */
  readonly supersede: readonly MemoryRelease[];
  readonly fault: HelmFault | undefined;
}

/** pending-* first, then the objects, then `superseded` and `deployed`: helm's own order (pkg/action/upgrade.go). */
async function carryOut({ kube, clock }: MemoryHelmOptions, operation: Operation): Promise<void> {
  const { subject, next, history, supersede, fault } = operation;
  await prune(kube, history);
  await openRecord(kube, clock, operation);
  if (fault === "killed") throw interrupted(subject, "");
  try {
    if (fault === "interrupted") throw interrupted(subject, "context canceled");
    if (fault === "hook-fails") throw failed(subject, "pre-install hooks failed: job failed: BackoffLimitExceeded");
    for (const object of next.objects) await kube.apply(object);
    const dropped = supersede.flatMap(({ objects }) => objects).filter((object) => !holds(next.objects, object));
    await removeObjects(kube, next, dropped);
  } catch (cause) {
    if (!(cause instanceof MusterbookError)) throw cause;
    await recordFailure(kube, clock, next);
    throw translate(subject, cause);
  }
  if (fault === "killed-after-objects") throw interrupted(subject, "");
  for (const old of supersede) await writeRelease(kube, { ...old, status: "superseded" }, { modifiedAt: clock.now() });
  if (fault === "killed-after-superseding") throw interrupted(subject, "");
  await writeRelease(kube, { ...next, status: "deployed" }, { modifiedAt: clock.now() });
}

async function openRecord(kube: KubeApi, clock: Clock, { subject, next }: Operation): Promise<void> {
  try {
    await writeRelease(kube, next, { createdAt: clock.now() });
  } catch (cause) {
    if (cause instanceof TerminalError && cause.message.includes("Too long")) throw tooLarge(cause.message, subject);
    throw cause;
  }
}

/** helm that cannot reach the API server cannot record its failure either: the revision stays pending then. */
async function recordFailure(kube: KubeApi, clock: Clock, release: MemoryRelease): Promise<void> {
  const [written] = await Promise.allSettled([
    writeRelease(kube, { ...release, status: "failed" }, { modifiedAt: clock.now() }),
  ]);
  if (written.status === "rejected" && !(written.reason instanceof MusterbookError)) throw written.reason;
}

/** Room for one more: the oldest go, a deployed one never. */
async function prune(kube: KubeApi, history: readonly ReleaseRevision[]): Promise<void> {
  const surplus = Math.max(0, history.length - (HISTORY_MAX - 1));
  const oldestFirst = history.toReversed().filter(({ status }) => status !== "deployed");
  for (const { name, namespace, revision } of oldestFirst.slice(0, surplus)) {
    await kube.delete({ apiVersion: "v1", kind: "Secret", namespace, name: `sh.helm.release.v1.${name}.v${revision}` });
  }
}

async function uninstall({ kube, clock }: MemoryHelmOptions, release: string, namespace: string): Promise<void> {
  const history = await readRevisions(kube, release, namespace);
  const [last] = history;
  const current = last === undefined ? undefined : await readRelease(kube, last);
  if (current === undefined) return;
  await writeRelease(kube, { ...current, status: "uninstalling" }, { modifiedAt: clock.now() });
  await removeObjects(kube, current, current.objects);
  for (const { name, revision } of history) {
    await kube.delete({ apiVersion: "v1", kind: "Secret", namespace, name: `sh.helm.release.v1.${name}.v${revision}` });
  }
}

async function refuseForeign(
  kube: KubeApi,
  subject: string,
  { release, namespace }: UpgradeRequest,
  objects: readonly KubeObject[],
): Promise<void> {
  const foreign = await findForeign(kube, { name: release, namespace }, objects);
  if (foreign === undefined) return;
  const { kind, metadata } = foreign;
  throw new TerminalError(
    `${subject}: an object belongs to somebody else: ${kind} "${metadata.name}" in namespace "${metadata.namespace ?? ""}" exists and cannot be imported into the current release: invalid ownership metadata`,
    { reason: "helm-foreign-object", remedy: "Remove or rename that object, or set the cluster's mode to register." },
  );
}

async function ensureNamespace(kube: KubeApi, name: string): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", name };
  if ((await kube.get(namespace)) !== undefined) return;
  await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
}

function holds(objects: readonly KubeObject[], { kind, metadata }: KubeObject): boolean {
  return objects.some((other) => other.kind === kind && other.metadata.name === metadata.name);
}

function failed(subject: string, words: string): TerminalError {
  return new TerminalError(`${subject} failed: ${words}`, { reason: "helm-failed", remedy: "Read helm's words." });
}

/** As the real helm ends: a kind or namespace that is not there is a failure, a cluster that does not answer is not. */
function translate(subject: string, cause: MusterbookError): MusterbookError {
  const details = { remedy: cause.remedy, cause };
  if (cause.reason === "helm-interrupted" || cause.reason === "helm-failed") return cause;
  if (cause instanceof ConflictError) return new TerminalError(subject, { ...details, reason: "helm-foreign-object" });
  if (cause instanceof RetryableError && cause.reason !== "not-found") {
    return new RetryableError(`${subject}: the API server cannot be reached`, { ...details, reason: "unreachable" });
  }
  return new TerminalError(`${subject} failed`, { ...details, reason: "helm-failed" });
}
