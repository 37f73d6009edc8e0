import { describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import type { Pattern } from "#stacks/wiring";

export interface BusWorld {
  put(event: object): Promise<unknown>;
  /** Bodies that reached the queue behind the one rule that the world was made with. */
  received(): Promise<readonly string[]>;
}

const EVENT = {
  source: "musterbook.drill",
  "detail-type": "Drill",
  detail: {
    name: "CreateCluster",
    count: 5,
    dry: false,
    nothing: null,
    tags: ["env", "team"],
    none: [],
    object: { key: "01ABC/meta.json", size: 300 },
    subnets: [
      { id: "s1", zone: "a" },
      { id: "s2", zone: "b" },
    ],
  },
};

type Matches = readonly (readonly [Pattern, boolean])[];

const VALUES: Matches = [
  [{ source: ["musterbook.drill", "aws.eks"] }, true],
  [{ source: ["aws.eks"] }, false],
  [{ source: ["musterbook.drill"], "detail-type": ["Other"] }, false],
  [{ detail: { count: [5] } }, true],
  [{ detail: { count: ["5"] } }, false],
  [{ detail: { dry: [false] } }, true],
  [{ detail: { nothing: [null] } }, true],
  [{ detail: { missing: [null] } }, false],
  [{ detail: { tags: ["team"] } }, true],
  [{ detail: { tags: ["other"] } }, false],
  [{ detail: { object: { key: ["01ABC/meta.json"], size: [300] } } }, true],
  [{ detail: { object: { key: ["01ABC/meta.json"], size: [301] } } }, false],
  [{ detail: { subnets: { id: ["s2"] } } }, true],
  [{ detail: { subnets: { id: ["s3"] } } }, false],
];

const TEXTS: Matches = [
  [{ detail: { name: [{ prefix: "Create" }] } }, true],
  [{ detail: { name: [{ prefix: "create" }] } }, false],
  [{ detail: { name: [{ prefix: { "equals-ignore-case": "create" } }] } }, true],
  [{ detail: { count: [{ prefix: "5" }] } }, false],
  [{ detail: { object: { key: [{ suffix: "/meta.json" }, { suffix: "-mark.json" }] } } }, true],
  [{ detail: { object: { key: [{ suffix: "-mark.json" }] } } }, false],
  [{ detail: { name: [{ "equals-ignore-case": "createcluster" }] } }, true],
  [{ detail: { object: { key: [{ wildcard: "*/meta.*" }] } } }, true],
  [{ detail: { object: { key: [{ wildcard: "*/meta" }] } } }, false],
  [{ detail: { object: { key: [{ wildcard: "01ABC/meta?json" }] } } }, false],
  [{ detail: { tags: [{ prefix: "te" }] } }, true],
];

const OTHERS: Matches = [
  [{ detail: { name: [{ "anything-but": "DeleteCluster" }] } }, true],
  [{ detail: { name: [{ "anything-but": ["CreateCluster", "DeleteCluster"] }] } }, false],
  [{ detail: { count: [{ "anything-but": [4] }] } }, true],
  [{ detail: { missing: [{ "anything-but": "x" }] } }, false],
  [{ detail: { name: [{ "anything-but": { prefix: "Create" } }] } }, false],
  [{ detail: { name: [{ "anything-but": { suffix: "Role" } }] } }, true],
  [{ detail: { name: [{ "anything-but": { wildcard: "*Cluster" } }] } }, false],
  [{ detail: { object: { key: [{ wildcard: "*.json" }] }, name: [{ "anything-but": { prefix: "Delete" } }] } }, true],
  [{ detail: { object: { key: [{ wildcard: "*.json" }] }, name: [{ "anything-but": { prefix: "Create" } }] } }, false],
  [{ detail: { errorCode: [{ exists: false }] } }, true],
  [{ detail: { name: [{ exists: true }] } }, true],
  [{ detail: { name: [{ exists: false }] } }, false],
  [{ detail: { count: [{ numeric: [">", 4, "<=", 5] }] } }, true],
  [{ detail: { count: [{ numeric: ["<", 5] }] } }, false],
  [{ detail: { count: [{ numeric: ["=", 5] }] } }, true],
  [{ detail: { name: [{ numeric: [">", 0] }] } }, false],
  [{ detail: { $or: [{ count: [4] }, { name: ["CreateCluster"] }] } }, true],
  [{ detail: { $or: [{ count: [4] }, { name: ["DeleteCluster"] }] } }, false],
  [{ source: ["aws.eks"], $or: [{ detail: { count: [5] } }, { detail: { count: [6] } }] }, false],
];

/** The default bus with one rule, wherever it is. */
export function defineBusContract(name: string, make: (pattern: Pattern) => Promise<BusWorld>): void {
  describe(`${name}, as an event bus`, () => {
    it.each([...VALUES, ...TEXTS, ...OTHERS])("with the pattern %j: %s", async (pattern, matches) => {
      const { put, received } = await make(pattern);
      await put(EVENT);
      expect(await received()).toHaveLength(matches ? 1 : 0);
    });

    it("sends the whole envelope", async () => {
      const { put, received } = await make({ source: ["musterbook.drill"] });
      await put(EVENT);
      const [body = "{}"] = await received();
      expect(JSON.parse(body)).toEqual({
        ...EVENT,
        version: "0",
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
        account: expect.stringMatching(/^\d{12}$/),
        region: expect.stringMatching(/^[a-z]+-[a-z]+-\d$/),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        resources: [],
      });
    });

    it("takes account, region, id and version of an envelope from nobody", async () => {
      const { put, received } = await make({ source: ["musterbook.drill"] });
      const envelope = { account: "999999999999", region: "mars-north-1", id: "mine", version: "7" };
      await put({ ...EVENT, ...envelope });
      const [body = "{}"] = await received();
      const read = JSON.parse(body);
      for (const [field, value] of Object.entries(envelope)) expect(read[field]).not.toBe(value);
    });

    it("lets nobody speak for AWS", async () => {
      const { put, received } = await make({ "detail-type": ["Drill"] });
      await expect(put({ ...EVENT, source: "aws.eks" })).rejects.toThrow(TerminalError);
      expect(await received()).toEqual([]);
    });

    it("takes 256 KiB of source, type and detail", async () => {
      const { put, received } = await make({ "detail-type": ["Drill"] });
      const around = Buffer.byteLength('musterbook.drillDrill{"text":""}');
      const detail = { text: "x".repeat(262_144 - around) };
      await put({ ...EVENT, detail });
      expect(await received()).toHaveLength(1);
    });

    it.each([
      ["no source", { ...EVENT, source: "" }],
      ["no detail", { source: "musterbook.drill", "detail-type": "Drill" }],
      ["more than 256 KiB", { ...EVENT, detail: { text: "x".repeat(262_144) } }],
    ])("refuses an event with %s", async (_, event) => {
      const { put } = await make({ "detail-type": ["Drill"] });
      await expect(put(event)).rejects.toThrow(TerminalError);
    });
  });
}
