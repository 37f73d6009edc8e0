import { gunzipSync } from "node:zlib";
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

/** What helm wrote into the Secret's body: base64 of a gzipped JSON document, base64 once more by Kubernetes (helm pkg/storage/driver/util.go). */
const Body = v.object({ info: v.object({ status: Status }) });
/** A record is 1 MiB packed at most; one that unpacks to more than this is none of helm's. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Every revision of a release, newest first, from its Secrets; a Secret that is no release record is passed over. */
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
  const told = status === "failed" ? (statusInBody(secret) ?? status) : status;
  const at = timeOf(seconds === undefined ? secret.metadata.creationTimestamp : seconds * 1000);
  return [{ name, namespace, revision: version, status: told, labels, modifiedAt: at.toISOString() }];
}

/** The beginning of time for what is none: a label is written by anybody. */
function timeOf(told: string | number | undefined): Date {
  const at = new Date(told ?? 0);
  return Number.isNaN(at.getTime()) ? new Date(0) : at;
}

/**
 * helm goes by the body, and a helm that was stopped can leave a body `pending-*` under the label `failed`: the record is
 * packed while the interrupted operation goes on. Undefined where there is no body that can be read.
 */
function statusInBody(secret: KubeObject): ReleaseStatus | undefined {
  const data = v.safeParse(v.object({ data: v.object({ release: v.string() }) }), secret);
  if (!data.success) return undefined;
  const packed = Buffer.from(Buffer.from(data.output.data.release, "base64").toString("latin1"), "base64");
  if (packed[0] !== GZIP_MAGIC) return undefined;
  try {
    const parsed = v.safeParse(Body, JSON.parse(gunzipSync(packed, { maxOutputLength: MAX_BODY_BYTES }).toString()));
    return parsed.success ? parsed.output.info.status : undefined;
  } catch {
    return undefined; // not helm's: the label is all there is
  }
}

const GZIP_MAGIC = 0x1f;

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
