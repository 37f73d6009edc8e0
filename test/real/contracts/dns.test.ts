import {
  ChangeResourceRecordSetsCommand,
  CreateHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  type Route53Client,
} from "@aws-sdk/client-route-53";
import { describe, expect, inject, it } from "vitest";
import { route53Client } from "#aws/route53-client";
import { route53Dns } from "#aws/route53-dns";
import type { DnsRecord } from "#onboard/ports";
import { defineDnsContract } from "#test/contracts/dns";

const ZONE = "obs.example.com";
const NAME = `thanos.dev-7.${ZONE}`;
const NLB = "musterbook-leaf-0123456789abcdef.elb.eu-west-1.amazonaws.com";
const OTHER_NLB = "musterbook-leaf-fedcba9876543210.elb.eu-west-1.amazonaws.com";
const OURS = { name: NAME, target: NLB, owner: "arn:aws:eks:eu-west-1:111122223333:cluster/dev-7" };
const THEIRS = "arn:aws:eks:eu-west-1:999900001111:cluster/dev-7";
const CNAME: ResourceRecordSet = { Name: NAME, Type: "CNAME", TTL: 60, ResourceRecords: [{ Value: NLB }] };
/** Of the network load balancers in eu-west-1; an emulator looks into no zone of AWS's. */
const NLB_ZONE = "Z2IFOLAFXWLO4F";

let zones = 0;

type On = "ministack" | "moto";

async function freshZone(on: On) {
  const client = route53Client({ region: "eu-west-1", endpoint: inject(on).url });
  zones += 1;
  const made = await client.send(
    new CreateHostedZoneCommand({
      Name: ZONE,
      CallerReference: `${process.pid}-${performance.now()}-${zones}`,
      VPC: { VPCId: `vpc-${process.pid}${zones}`, VPCRegion: "eu-west-1" },
    }),
  );
  const zoneId = made.HostedZone?.Id?.replace("/hostedzone/", "") ?? "";
  return { client, zoneId, dns: route53Dns({ client, zoneId }) };
}

interface Zone {
  readonly client: Route53Client;
  readonly zoneId: string;
}

/** Writes record sets as somebody else would, with the SDK. */
async function put({ client, zoneId }: Zone, ...sets: readonly ResourceRecordSet[]): Promise<void> {
  const Changes = sets.map((ResourceRecordSet) => ({ Action: "UPSERT" as const, ResourceRecordSet }));
  await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } }));
}

async function erase({ client, zoneId }: Zone, set: ResourceRecordSet): Promise<void> {
  const Changes = [{ Action: "DELETE" as const, ResourceRecordSet: set }];
  await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: { Changes } }));
}

/** A Dns of the same zone, to which something happens after each of its looks and before its change. */
function slowToChange({ zoneId }: Zone, on: On, meanwhile: () => Promise<void>) {
  const client = route53Client({ region: "eu-west-1", endpoint: inject(on).url });
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === "ChangeResourceRecordSetsCommand") await meanwhile();
        return next(args);
      },
    { step: "initialize" },
  );
  return route53Dns({ client, zoneId });
}

async function setsOf({ client, zoneId }: Zone): Promise<readonly string[]> {
  const { ResourceRecordSets: sets = [] } = await client.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }),
  );
  return sets
    .filter(({ Type }) => Type !== "NS" && Type !== "SOA")
    .map(({ Name, Type, ResourceRecords }) => `${Name} ${Type} ${ResourceRecords?.map(({ Value }) => Value).join()}`);
}

describe.each<On>(["ministack", "moto"])("on %s", (on) => {
  defineDnsContract("route53Dns", async () => {
    const zone = await freshZone(on);
    return {
      dns: zone.dns,
      name: NAME,
      targets: [NLB, OTHER_NLB],
      putForeign: ({ name, target }: Pick<DnsRecord, "name" | "target">) =>
        put(zone, { Name: name, Type: "CNAME", TTL: 60, ResourceRecords: [{ Value: target }] }),
      // The emulator's change is everywhere as soon as its status was asked for once.
      settle: async () => undefined,
    };
  });

  describe("route53Dns in a zone", () => {
    it("leaves one record and one marker, and nothing after removal", async () => {
      const zone = await freshZone(on);
      await zone.dns.upsert(OURS);
      expect(await setsOf(zone)).toEqual([
        `${NAME}. CNAME ${NLB}`,
        `_musterbook.${NAME}. TXT "heritage=musterbook,musterbook/owner=${OURS.owner}"`,
      ]);
      await zone.dns.remove(OURS);
      expect(await setsOf(zone)).toEqual([]);
    });

    it("shows an alias of somebody else's as nobody's, and leaves it alone", async () => {
      const zone = await freshZone(on);
      await put(zone, {
        Name: NAME,
        Type: "A",
        AliasTarget: { DNSName: OTHER_NLB, HostedZoneId: NLB_ZONE, EvaluateTargetHealth: false },
      });
      expect(await zone.dns.find(NAME)).toEqual({ name: NAME, target: OTHER_NLB, owner: null });
      await expect(zone.dns.upsert(OURS)).rejects.toMatchObject({ reason: "dns-foreign-record" });
    });

    it("does not take a weighted record beside our marker for ours", async () => {
      const zone = await freshZone(on);
      await zone.dns.upsert(OURS);
      await put(zone, {
        Name: NAME,
        Type: "CNAME",
        TTL: 60,
        SetIdentifier: "blue",
        Weight: 1,
        ResourceRecords: [{ Value: OTHER_NLB }],
      });
      expect(await zone.dns.find(NAME)).toMatchObject({ owner: null });
    });

    it("writes its record again where only the marker is left, and removes such a marker", async () => {
      const zone = await freshZone(on);
      await zone.dns.upsert(OURS);
      await erase(zone, CNAME);
      expect(await zone.dns.find(NAME)).toBeUndefined();
      await expect(zone.dns.upsert({ ...OURS, owner: THEIRS })).rejects.toMatchObject({ reason: "dns-foreign-record" });
      await zone.dns.upsert(OURS);
      expect(await zone.dns.find(NAME)).toEqual(OURS);
      await erase(zone, CNAME);
      await zone.dns.remove(OURS);
      expect(await setsOf(zone)).toEqual([]);
    });

    it("is told of a conflict when the name is taken between its look and its claim, and leaves no marker", async () => {
      const zone = await freshZone(on);
      const slow = slowToChange(zone, on, () => put(zone, CNAME));
      await expect(slow.upsert(OURS)).rejects.toMatchObject({ name: "ConflictError", reason: "dns-conflict" });
      expect(await setsOf(zone)).toEqual([`${NAME}. CNAME ${NLB}`]);
    });

    it("removes neither record nor marker when the record is changed between its look and its removal", async () => {
      const zone = await freshZone(on);
      await zone.dns.upsert(OURS);
      const slow = slowToChange(zone, on, () => put(zone, { ...CNAME, ResourceRecords: [{ Value: OTHER_NLB }] }));
      await expect(slow.remove(OURS)).rejects.toMatchObject({ name: "ConflictError", reason: "dns-conflict" });
      expect(await zone.dns.find(NAME)).toEqual({ ...OURS, target: OTHER_NLB });
    });

    it("refuses a TXT record under the marker's name that is none of ours", async () => {
      const zone = await freshZone(on);
      await put(zone, { Name: `_musterbook.${NAME}`, Type: "TXT", TTL: 60, ResourceRecords: [{ Value: '"hello"' }] });
      await expect(zone.dns.upsert(OURS)).rejects.toMatchObject({ reason: "dns-foreign-record" });
      expect(await setsOf(zone)).toEqual([`_musterbook.${NAME}. TXT "hello"`]);
    });

    it("finds the marker behind many names that sort before it, over all pages", async () => {
      const zone = await freshZone(on);
      await zone.dns.upsert(OURS);
      const below = Array.from({ length: 25 }, (_, i) => `${String(i).padStart(2, "0")}.${NAME}`);
      const value = [{ Value: OTHER_NLB }];
      await put(zone, ...below.map((Name) => ({ Name, Type: "CNAME" as const, TTL: 60, ResourceRecords: value })));
      expect(await zone.dns.find(NAME)).toEqual(OURS);
    });

    it("names the zone that is not there", async () => {
      const { client } = await freshZone(on);
      await expect(route53Dns({ client, zoneId: "Z000000NOTHING" }).find(NAME)).rejects.toMatchObject({
        name: "TerminalError",
        reason: "refused",
        message: expect.stringContaining("NoSuchHostedZone"),
      });
    });
  });
});
