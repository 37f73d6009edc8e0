import { type Change, type ChangeAction, GetChangeCommand } from "@aws-sdk/client-route-53";
import { answerOf } from "#aws/answer";
import { awsError } from "#aws/aws-error";
import { markerName, markerValue, ownerOf, plainName } from "#aws/route53-names";
import { change, type RecordSet, type Route53Zone, readUnder } from "#aws/route53-zone";
import { ConflictError } from "#fleet/errors";
import { foreignRecord, otherTarget } from "#onboard/dns-refusals";
import type { Dns, DnsRecord } from "#onboard/ports";

/** Seconds: how long the Querier may keep the old load balancer's name. */
const TTL = 60;

/**
 * A hosted zone as the Dns of the endpoints. A record is a CNAME with an ownership marker beside it, a TXT record under
 * `_musterbook.<name>`; why no alias: docs/adr/0008. Both change in one batch, which Route53 applies as a whole or not at
 * all.
 */
export function route53Dns(zone: Route53Zone): Dns {
  return {
    find: async (name) => (await look(zone, name)).record,
    upsert: async (record) => {
      const seen = await look(zone, record.name);
      if (!isFree(seen) && seen.owner !== record.owner) throw foreignRecord({ name: record.name, owner: seen.owner });
      return submit(zone, seen, writing(seen, record));
    },
    remove: async (record) => {
      const seen = await look(zone, record.name);
      if (seen.record !== undefined && seen.record.owner !== record.owner)
        throw foreignRecord({ name: record.name, owner: seen.owner });
      if (seen.record !== undefined && seen.record.target !== record.target) throw otherTarget(seen.record, record);
      const ours = seen.owner === record.owner ? [...seen.at, ...seen.markers] : [];
      if (ours.length > 0)
        await submit(
          zone,
          seen,
          ours.map((set) => changeOf("DELETE", set)),
        );
    },
    changeStatus: (changeId) => changeStatus(zone, changeId),
  };
}

/** What stands under a name. */
interface Look {
  readonly name: string;
  readonly at: readonly RecordSet[];
  readonly markers: readonly RecordSet[];
  /** Of the marker; null without one, and where the record is none that Musterbook writes. */
  readonly owner: string | null;
  readonly record: DnsRecord | undefined;
}

async function look(zone: Route53Zone, name: string): Promise<Look> {
  const sets = await readUnder(zone, name);
  const at = sets.filter((set) => plainName(set.Name) === plainName(name));
  const markers = sets.filter((set) => plainName(set.Name) === plainName(markerName(name)));
  const [first] = at;
  const owner = at.every(isSimpleCname) ? markedOwner(markers) : null;
  return { name, at, markers, owner, record: first && { name, target: targetOf(first), owner } };
}

function isSimpleCname({ Type, SetIdentifier }: RecordSet): boolean {
  return Type === "CNAME" && !SetIdentifier;
}

function markedOwner(markers: readonly RecordSet[]): string | null {
  const values = markers.flatMap(({ ResourceRecords }) => ResourceRecords);
  const isOne = values.length === 1 && markers.every(({ Type, SetIdentifier }) => Type === "TXT" && !SetIdentifier);
  return isOne ? ownerOf(values[0]?.Value ?? "") : null;
}

function targetOf({ AliasTarget: alias, ResourceRecords: records }: RecordSet): string {
  const targets = alias === undefined ? records.map(({ Value }) => Value) : [alias.DNSName];
  return targets.map((target) => target.replace(/\.$/, "")).join(", ");
}

function isFree({ at, markers }: Look): boolean {
  return at.length === 0 && markers.length === 0;
}

/** A free name is claimed: of two who create its marker at once one is refused. */
function writing(seen: Look, { name, target, owner }: DnsRecord & { readonly owner: string }): readonly Change[] {
  const action = isFree(seen) ? "CREATE" : "UPSERT";
  const marker = { Name: markerName(name), Type: "TXT", TTL, ResourceRecords: [{ Value: markerValue(owner) }] };
  const record = { Name: name, Type: "CNAME", TTL, ResourceRecords: [{ Value: target }] };
  return [changeOf(action, marker), changeOf(action, record)];
}

function changeOf(
  Action: ChangeAction,
  { Name, Type, TTL: ttl, ResourceRecords }: Pick<RecordSet, "Name" | "Type" | "TTL" | "ResourceRecords">,
): Change {
  const type = Type === "TXT" ? "TXT" : "CNAME";
  return { Action, ResourceRecordSet: { Name, Type: type, TTL: ttl, ResourceRecords } };
}

async function submit(zone: Route53Zone, seen: Look, changes: readonly Change[]): Promise<string> {
  try {
    return await change(zone, changes);
  } catch (cause) {
    const isRefused = answerOf(cause).code === "InvalidChangeBatch";
    if (isRefused && JSON.stringify(await look(zone, seen.name)) !== JSON.stringify(seen)) throw lost(seen, cause);
    const what = `cannot change ${seen.name} in the zone ${zone.zoneId}`;
    const resource = `hostedzone/${zone.zoneId}`;
    throw awsError(cause, { what, action: "route53:ChangeResourceRecordSets", resource });
  }
}

async function changeStatus({ client }: Route53Zone, changeId: string): ReturnType<Dns["changeStatus"]> {
  try {
    const { ChangeInfo: info } = await client.send(new GetChangeCommand({ Id: changeId }));
    return info?.Status ?? "unknown";
  } catch (cause) {
    if (answerOf(cause).code === "NoSuchChange") return "unknown";
    const what = `cannot ask for the change ${changeId} of the zone`;
    // A right on this one would not do for the next.
    throw awsError(cause, { what, action: "route53:GetChange", resource: "change/*" });
  }
}

function lost({ name }: Look, cause: unknown): ConflictError {
  return new ConflictError(`${name} was changed by somebody else meanwhile`, {
    reason: "dns-conflict",
    remedy: "Nothing to do: it is read again and decided again.",
    field: "name",
    value: name,
    cause,
  });
}
