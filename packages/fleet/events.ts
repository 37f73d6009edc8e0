import { createHash } from "node:crypto";
import * as v from "valibot";
import { type Problem, parseWith } from "#config/schema";
import { type ClusterRef, clusterRef, parseClusterArn } from "#fleet/cluster";
import { messagingId } from "#fleet/message-limits";

/**
 * What an event of the bus means to Musterbook. `look`: somebody changed this cluster, so look at it; never a state to
 * act on. `ignore`: well-formed, and nothing for us. `reject`: not understood; every problem names field and remedy.
 */
export type ClusterEvent =
  | {
      readonly outcome: "look";
      readonly cluster: ClusterRef;
      /** The call, e.g. `CreateCluster` or `UpdateClusterConfig AccessConfigUpdate`; drills say so. */
      readonly because: string;
      /** Dedup key: at most 128 printable ASCII characters, the same for every delivery of one call. */
      readonly eventId: string;
      /** RFC 3339; null when the event does not tell. */
      readonly at: string | null;
      /** Somebody proves the path: there only for such events. */
      readonly drill?: true;
    }
  | {
      readonly outcome: "ignore";
      readonly reason: "failed-call" | "not-a-cluster" | "other-call";
      readonly detail: string;
    }
  | { readonly outcome: "reject"; readonly problems: readonly Problem[] };

/** The source of replays and drills: nobody but AWS may speak for `aws.*`. */
export const DRILL_SOURCE = "musterbook.drill";
const SOURCES: readonly string[] = ["aws.eks", DRILL_SOURCE];
const CLUSTER_CALLS: readonly string[] = ["CreateCluster", "DeleteCluster", "UpdateClusterConfig"];
const TAG_CALLS: readonly string[] = ["TagResource", "UntagResource"];
/** How much of a foreign value an error repeats. */
const MAX_SHOWN = 200;

const Text = v.nullish(v.string("write a string"));

/** CloudTrail's record in EventBridge's envelope, as far as it is read; real events lack any of it. */
const Envelope = v.object({
  id: Text,
  source: Text,
  account: Text,
  region: Text,
  time: Text,
  detail: v.object({
    eventSource: Text,
    eventName: v.string("write the name of the EKS call, e.g. CreateCluster"),
    eventID: Text,
    eventTime: Text,
    awsRegion: Text,
    recipientAccountId: Text,
    errorCode: Text,
    requestParameters: v.nullish(v.object({ name: Text, clusterName: Text, resourceArn: Text })),
    responseElements: v.nullish(
      v.object({ cluster: v.nullish(v.object({ arn: Text })), update: v.nullish(v.object({ type: Text })) }),
    ),
  }),
});
type Envelope = v.InferOutput<typeof Envelope>;

type Resolved = ClusterRef | Exclude<ClusterEvent, { outcome: "look" }>;

/** Reads an event of the bus, as an object or as a queue's JSON text. Never throws. */
export function parseClusterEvent(body: unknown): ClusterEvent {
  try {
    const parsed = parseWith(Envelope, typeof body === "string" ? JSON.parse(body) : body);
    return parsed.ok ? classify(parsed.value) : reject(...parsed.problems);
  } catch (error) {
    const why = error instanceof Error ? error.message : "it cannot be read";
    const value = typeof body === "string" ? body : "(object)";
    return reject({ field: "(root)", value, remedy: `send one JSON object; ${why}` });
  }
}

function classify(event: Envelope): ClusterEvent {
  const { detail } = event;
  if (!isOurs(event)) return ignore("other-call", `${brief(detail.eventSource ?? event.source)} ${detail.eventName}`);
  if (detail.errorCode) return ignore("failed-call", `${detail.eventName} failed with ${detail.errorCode}`);
  const cluster = TAG_CALLS.includes(detail.eventName) ? taggedCluster(event) : calledCluster(event);
  if ("outcome" in cluster) return cluster;
  const drill = event.source === DRILL_SOURCE ? { drill: true as const } : {};
  const eventId = dedupKey(event, cluster);
  return { outcome: "look", cluster, because: because(event), eventId, at: eventTime(event), ...drill };
}

function isOurs({ source, detail }: Envelope): boolean {
  if (source != null && !SOURCES.includes(source)) return false;
  if (detail.eventSource != null && detail.eventSource !== "eks.amazonaws.com") return false;
  return CLUSTER_CALLS.includes(detail.eventName) || TAG_CALLS.includes(detail.eventName);
}

function calledCluster(event: Envelope): Resolved {
  const arn = event.detail.responseElements?.cluster?.arn;
  if (arn == null) return composedCluster(event);
  const field = "detail.responseElements.cluster.arn";
  return parseClusterArn(arn) ?? reject({ field, value: arn, remedy: "expected the ARN of an EKS cluster" });
}

/** The account and region of the record come before the envelope's: a forwarding bus may rewrite neither or both. */
function composedCluster({ account, region, detail }: Envelope): Resolved {
  const { name, clusterName } = detail.requestParameters ?? {};
  const at = {
    account: detail.recipientAccountId ?? account ?? "",
    region: detail.awsRegion ?? region ?? "",
    name: name ?? clusterName ?? "",
  };
  const whole = parseClusterArn(clusterRef(at).arn);
  if (whole !== undefined) return whole;
  const sound = { account: "111122223333", region: "eu-west-1", name: "x" };
  const isWrong = (part: Partial<typeof at>) => parseClusterArn(clusterRef({ ...sound, ...part }).arn) === undefined;
  const problem = (field: string, value: string, remedy: string): Problem => ({ field, value, remedy });
  return reject(
    ...(isWrong({ account: at.account })
      ? [problem("detail.recipientAccountId", at.account, "expected twelve digits")]
      : []),
    ...(isWrong({ region: at.region })
      ? [problem("detail.awsRegion", at.region, "expected a region such as eu-west-1")]
      : []),
    ...(isWrong({ name: at.name })
      ? [problem("detail.requestParameters.name", at.name, "expected an EKS cluster name")]
      : []),
  );
}

/** CloudTrail records path parameters percent-encoded; node groups and add-ons are tagged by the same call. */
function taggedCluster({ detail }: Envelope): Resolved {
  const field = "detail.requestParameters.resourceArn";
  const encoded = detail.requestParameters?.resourceArn ?? "";
  const arn = decoded(encoded);
  const cluster = arn === undefined ? undefined : parseClusterArn(arn);
  if (cluster !== undefined) return cluster;
  if (arn !== undefined && /^arn:aws[a-z-]*:eks:[^:]*:[^:]*:(?!cluster\/)/.test(arn)) {
    return ignore("not-a-cluster", arn);
  }
  return reject({ field, value: encoded, remedy: "expected the ARN of an EKS resource" });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // a lone % or broken UTF-8: the caller rejects it
  }
}

function because({ source, detail }: Envelope): string {
  const update = detail.responseElements?.update?.type;
  const call = update != null && /^\w{1,64}$/.test(update) ? `${detail.eventName} ${update}` : detail.eventName;
  return source === DRILL_SOURCE ? `${call} (drill)` : call;
}

function dedupKey({ id, detail }: Envelope, cluster: ClusterRef): string {
  const own = detail.eventID ?? id;
  if (own != null && messagingId(own) === own) return own;
  const facts = JSON.stringify([own, detail.eventName, cluster.arn, detail.eventTime]);
  return createHash("sha256").update(facts).digest("hex");
}

function eventTime({ time, detail }: Envelope): string | null {
  const ms = Date.parse(detail.eventTime ?? time ?? "");
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

function ignore(
  reason: "failed-call" | "not-a-cluster" | "other-call",
  detail: string,
): ClusterEvent & { outcome: "ignore" } {
  return { outcome: "ignore", reason, detail: brief(detail) };
}

function reject(...problems: readonly Problem[]): ClusterEvent & { outcome: "reject" } {
  const shown = problems.map(({ field, value, remedy }) => ({ field, value: brief(value), remedy: brief(remedy) }));
  return { outcome: "reject", problems: shown };
}

/** A foreign value as a short string: an error must not carry a megabyte, nor a secret of a whole object. */
function brief(value: unknown): string {
  if (value === null || value === undefined) return "(none)";
  if (typeof value === "object") return Array.isArray(value) ? "(list)" : "(object)";
  const text = String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}
