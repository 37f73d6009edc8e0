import {
  type Change,
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  type Route53Client,
  type RRType,
} from "@aws-sdk/client-route-53";
import * as v from "valibot";
import { awsError } from "#aws/aws-error";
import { plainName } from "#aws/route53-names";
import { parseWith } from "#config/schema";
import { RetryableError, TerminalError } from "#fleet/errors";

export interface Route53Zone {
  readonly client: Route53Client;
  /** Such as `Z0123456789ABCDEFGHIJ`. */
  readonly zoneId: string;
}

const RecordSet = v.object({
  Name: v.string(),
  Type: v.string(),
  SetIdentifier: v.optional(v.string()),
  TTL: v.optional(v.number()),
  ResourceRecords: v.optional(v.array(v.object({ Value: v.string() })), []),
  AliasTarget: v.optional(v.object({ DNSName: v.string() })),
});
/** What stands under one name and type. */
export type RecordSet = v.InferOutput<typeof RecordSet>;

const Page = v.object({
  ResourceRecordSets: v.array(RecordSet),
  IsTruncated: v.boolean(),
  NextRecordName: v.optional(v.string()),
  // Whatever type Route53 names is what it wants to hear again.
  NextRecordType: v.optional(v.custom<RRType>((type) => typeof type === "string")),
  NextRecordIdentifier: v.optional(v.string()),
});

/** A name, its marker, and rarely a neighbour: more is not wanted. */
const PAGE_SIZE = 10;

/**
 * The record sets of a name and of all names below it: the zone is sorted by labels from the right, so they stand together.
 * A listing starts at the next name when the one that was asked for is not there.
 */
export async function readUnder(zone: Route53Zone, name: string): Promise<readonly RecordSet[]> {
  const found: RecordSet[] = [];
  let start: Start = { StartRecordName: name };
  for (;;) {
    const page = await fetchPage(zone, name, start);
    const within = page.ResourceRecordSets.filter((set) => `.${plainName(set.Name)}`.endsWith(`.${plainName(name)}`));
    found.push(...within);
    if (!page.IsTruncated || within.length < page.ResourceRecordSets.length) return found;
    const next = nextOf(page);
    if (next === undefined || JSON.stringify(next) === JSON.stringify(start)) throw truncated(zone, name);
    start = next;
  }
}

interface Start {
  readonly StartRecordName: string;
  readonly StartRecordType?: RRType;
  readonly StartRecordIdentifier?: string;
}

function nextOf(page: v.InferOutput<typeof Page>): Start | undefined {
  const { NextRecordName: name, NextRecordType: type, NextRecordIdentifier: identifier } = page;
  if (name === undefined) return undefined;
  return {
    StartRecordName: name,
    ...(type === undefined ? {} : { StartRecordType: type }),
    ...(identifier === undefined ? {} : { StartRecordIdentifier: identifier }),
  };
}

async function fetchPage({ client, zoneId }: Route53Zone, name: string, start: Start) {
  const command = new ListResourceRecordSetsCommand({ HostedZoneId: zoneId, MaxItems: PAGE_SIZE, ...start });
  const answer = await client.send(command).catch((cause: unknown) => {
    const what = `cannot look up ${name} in the zone ${zoneId}`;
    throw awsError(cause, { what, action: "route53:ListResourceRecordSets", resource: `hostedzone/${zoneId}` });
  });
  const parsed = parseWith(Page, answer);
  if (parsed.ok) return parsed.value;
  throw new TerminalError(`cannot look up ${name}: Route53's answer lacks ${parsed.problems[0]?.field}`, {
    reason: "list-malformed",
    field: "zone",
    value: zoneId,
    remedy: "Check that AWS_ENDPOINT_URL, if it is set, names an AWS endpoint.",
  });
}

function truncated({ zoneId }: Route53Zone, name: string): RetryableError {
  return new RetryableError(
    `cannot look up ${name}: a page of the zone ${zoneId} is truncated but names no next page`,
    {
      reason: "list-truncated",
      field: "zone",
      value: zoneId,
      remedy: "Nothing to do at first: it is tried again.",
    },
  );
}

/** Makes all changes or none; returns the change's id. What the SDK throws is thrown as it is. */
export async function change({ client, zoneId }: Route53Zone, changes: readonly Change[]): Promise<string> {
  const batch = { Comment: "musterbook", Changes: [...changes] };
  const answer = await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: batch }));
  const id = answer.ChangeInfo?.Id?.replace("/change/", "");
  if (id !== undefined && id !== "") return id;
  throw new RetryableError(`a change of the zone ${zoneId} was answered without an id`, {
    reason: "unreachable",
    field: "zone",
    value: zoneId,
    remedy: "Nothing to do at first: it is tried again.",
  });
}
