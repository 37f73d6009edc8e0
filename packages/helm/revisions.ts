import * as v from "valibot";
import { TerminalError } from "#fleet/errors";
import type { KubeApi, KubeObject, KubeRef, ReleaseRevision, ReleaseStatus } from "#onboard/ports";

const STATUSES = [
  "deployed",
  "failed",
  "pending-install",
  "pending-upgrade",
  "pending-rollback",
  "uninstalling",
  "uninstalled",
  "superseded",
  "unknown",
] as const satisfies readonly ReleaseStatus[];

const Status = v.fallback(v.picklist(STATUSES), "unknown");
const Count = v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number));

/** Labels of a release Secret. A fresh one has `createdAt`, a rewritten one `modifiedAt`, both unix seconds (helm pkg/storage/driver/secrets.go). */
const SecretLabels = v.looseObject({
  name: v.string(),
  version: Count,
  status: Status,
  modifiedAt: v.optional(Count),
  createdAt: v.optional(Count),
});

export function isPending(status: ReleaseStatus): boolean {
  return status.startsWith("pending-");
}

export function releaseSecret(release: string, namespace: string, revision: number): KubeRef {
  return { apiVersion: "v1", kind: "Secret", namespace, name: `sh.helm.release.v1.${release}.v${revision}` };
}

/** Every revision of a release, newest first, from the labels of its Secrets; a Secret that is no release record is passed over. */
export async function readRevisions(
  kube: KubeApi,
  release: string,
  namespace: string,
): Promise<readonly ReleaseRevision[]> {
  const labelSelector = `owner=helm,name=${release}`;
  const secrets = await kube.list({ apiVersion: "v1", kind: "Secret", namespace, labelSelector });
  return secrets.flatMap((secret) => revisionOf(secret, namespace)).sort((a, b) => b.revision - a.revision);
}

function revisionOf(secret: KubeObject, namespace: string): ReleaseRevision[] {
  const labels = secret.metadata.labels ?? {};
  const parsed = v.safeParse(SecretLabels, labels);
  if (!parsed.success) return [];
  const { name, version, status, modifiedAt, createdAt } = parsed.output;
  const seconds = modifiedAt ?? createdAt;
  const at = seconds === undefined ? (secret.metadata.creationTimestamp ?? 0) : seconds * 1000;
  return [{ name, namespace, revision: version, status, labels, modifiedAt: new Date(at).toISOString() }];
}

/**
 * Deletes the record of a revision that never finished, where none before it ever did: a first install, or an upgrade
 * over a failed one. Looks again first: a record that is no longer pending, or that there is something to roll back
 * to for, stays. TerminalError `helm-failed` then; absent is fine.
 */
export async function forgetRevision(kube: KubeApi, revision: ReleaseRevision): Promise<void> {
  const { name, namespace } = revision;
  const now = await readRevisions(kube, name, namespace);
  const current = now.find((other) => other.revision === revision.revision);
  if (current === undefined) return;
  const finished = now.find(({ status }) => status === "deployed" || status === "superseded");
  if (!isPending(current.status) || finished !== undefined) throw refuseToForget(current, finished);
  const ref = releaseSecret(name, namespace, revision.revision);
  const uid = (await kube.get(ref))?.metadata.uid;
  await kube.delete(ref, uid === undefined ? {} : { uid });
}

function refuseToForget(current: ReleaseRevision, finished: ReleaseRevision | undefined): TerminalError {
  const why = finished === undefined ? "" : `, and revision ${finished.revision} is ${finished.status}`;
  return new TerminalError(
    `revision ${current.revision} of release ${current.name} is not forgotten: it is ${current.status}${why}`,
    {
      reason: "helm-failed",
      field: "status",
      value: current.status,
      remedy: "Roll back to the revision that was deployed, or upgrade, instead of deleting the record.",
    },
  );
}
