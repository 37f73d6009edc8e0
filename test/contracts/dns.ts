import { beforeEach, describe, expect, it } from "vitest";
import { ConflictError, TerminalError } from "#fleet/errors";
import type { Dns, DnsRecord } from "#onboard/ports";

/** A zone under test, with what only somebody else can do to it. */
export interface DnsHarness {
  readonly dns: Dns;
  /** A name of the zone that holds no record. */
  readonly name: string;
  /** Load balancer names that an alias can point to. */
  readonly targets: readonly [string, string];
  /** Writes a record without our marker, as a person or external-dns would. */
  putForeign(record: Pick<DnsRecord, "name" | "target">): Promise<void>;
  /** Lets the changes so far get to every server. */
  settle(): Promise<void>;
}

const OURS = "arn:aws:eks:eu-west-1:111122223333:cluster/dev-7";
const OTHER = "arn:aws:eks:eu-west-1:999900001111:cluster/dev-7";

/** What every Dns must do; `make` gives a zone in which `name` is free. */
export function defineDnsContract(title: string, make: () => Promise<DnsHarness>): void {
  describe(`${title}, as a Dns`, () => {
    let zone: DnsHarness;
    const record = (change: Partial<DnsRecord & { owner: string }> = {}) => ({
      name: zone.name,
      target: zone.targets[0],
      owner: OURS,
      ...change,
    });

    beforeEach(async () => {
      zone = await make();
    });

    it("finds nothing under a free name", async () => {
      expect(await zone.dns.find(zone.name)).toBeUndefined();
    });

    it("finds what was written, with its owner", async () => {
      await zone.dns.upsert(record());
      expect(await zone.dns.find(zone.name)).toEqual(record());
    });

    it("takes the same record twice, and another target from its owner", async () => {
      await zone.dns.upsert(record());
      await zone.dns.upsert(record());
      await zone.dns.upsert(record({ target: zone.targets[1] }));
      expect(await zone.dns.find(zone.name)).toEqual(record({ target: zone.targets[1] }));
    });

    it("shows a record without marker as nobody's", async () => {
      await zone.putForeign({ name: zone.name, target: zone.targets[1] });
      expect(await zone.dns.find(zone.name)).toEqual({ name: zone.name, target: zone.targets[1], owner: null });
    });

    it("refuses to write over a record without marker, and leaves no marker beside it", async () => {
      await zone.putForeign({ name: zone.name, target: zone.targets[1] });
      await expect(zone.dns.upsert(record())).rejects.toMatchObject({ reason: "dns-foreign-record" });
      expect(await zone.dns.find(zone.name)).toMatchObject({ target: zone.targets[1], owner: null });
    });

    it("keeps a name apart from its neighbours in the zone", async () => {
      const neighbours = [`a-${zone.name}`, `${zone.name.replace(".", "-z.")}`, `sub.${zone.name}`, `*.${zone.name}`];
      for (const name of neighbours) await zone.putForeign({ name, target: zone.targets[1] });
      expect(await zone.dns.find(zone.name)).toBeUndefined();
      await zone.dns.upsert(record());
      expect(await zone.dns.find(zone.name)).toEqual(record());
      for (const name of neighbours) {
        expect(await zone.dns.find(name)).toEqual({ name, target: zone.targets[1], owner: null });
      }
    });

    it("gives a free name to one of several clusters that claim it at once, wholly", async () => {
      const claims = ["a", "b", "c", "d", "e"].map((cluster) =>
        record({ owner: `${OURS}-${cluster}`, target: zone.targets[0] }),
      );
      const results = await Promise.allSettled(claims.map((claim) => zone.dns.upsert(claim)));
      const won = claims.filter((_, claim) => results[claim]?.status === "fulfilled");
      expect(won).toHaveLength(1);
      expect(await zone.dns.find(zone.name)).toEqual(won[0]);
      const lost = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      expect(lost.every((error) => error instanceof TerminalError || error instanceof ConflictError)).toBe(true);
    });

    it("refuses to write over another cluster's record, and names the name", async () => {
      await zone.dns.upsert(record({ owner: OTHER }));
      const refused = expect(zone.dns.upsert(record())).rejects;
      await refused.toBeInstanceOf(TerminalError);
      await expect(zone.dns.upsert(record())).rejects.toThrow(zone.name);
      expect(await zone.dns.find(zone.name)).toEqual(record({ owner: OTHER }));
    });

    it("removes a record that is as given, and takes its absence for done", async () => {
      await zone.dns.upsert(record());
      await zone.dns.remove(record());
      await zone.dns.remove(record());
      expect(await zone.dns.find(zone.name)).toBeUndefined();
    });

    it.each(["target", "owner"] as const)("refuses to remove a record of another %s", async (field) => {
      await zone.dns.upsert(record());
      const other = field === "target" ? record({ target: zone.targets[1] }) : record({ owner: OTHER });
      await expect(zone.dns.remove(other)).rejects.toBeInstanceOf(TerminalError);
      expect(await zone.dns.find(zone.name)).toEqual(record());
    });

    it("takes a name anew after it was removed, for whoever asks", async () => {
      await zone.dns.upsert(record());
      await zone.dns.remove(record());
      await zone.dns.upsert(record({ owner: OTHER }));
      expect(await zone.dns.find(zone.name)).toEqual(record({ owner: OTHER }));
    });

    it("removes nothing of a record without marker", async () => {
      await zone.putForeign({ name: zone.name, target: zone.targets[0] });
      await expect(zone.dns.remove(record())).rejects.toMatchObject({ reason: "dns-foreign-record" });
      expect(await zone.dns.find(zone.name)).toMatchObject({ owner: null });
    });

    it("tells a change under way from one that is everywhere, and from one that it does not know", async () => {
      const change = await zone.dns.upsert(record());
      expect(await zone.dns.changeStatus(change)).toBe("PENDING");
      await zone.settle();
      expect(await zone.dns.changeStatus(change)).toBe("INSYNC");
      expect(await zone.dns.changeStatus("C0000000000000")).toBe("unknown");
    });
  });
}
