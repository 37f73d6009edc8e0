import { describe, expect, it } from "vitest";
import { TerminalError } from "#fleet/errors";
import type { Publication, Topics } from "#fleet/messaging";
import type { SubscriptionWiring } from "#stacks/wiring";

type Filter = SubscriptionWiring["filter"];

export interface TopicsWorld {
  /** Has the topic `alerts`, and one queue that is subscribed to it raw with the filter that the world was made with. */
  readonly topics: Topics;
  received(): Promise<readonly Publication[]>;
}

const PASSES: readonly (readonly [Filter, Publication["attributes"], boolean])[] = [
  [{}, {}, true],
  [{ severity: ["critical", "warning"] }, { severity: "warning" }, true],
  [{ severity: ["critical", "warning"] }, { severity: "info" }, false],
  [{ severity: ["critical"] }, { severity: "Critical" }, false],
  [{ severity: ["critical"] }, { status: "critical" }, false],
  [{ severity: ["critical"], stage: ["prod"] }, { severity: "critical", stage: "prod" }, true],
  [{ severity: ["critical"], stage: ["prod"] }, { severity: "critical", stage: "dev" }, false],
  [{ id: [{ prefix: "upload." }] }, { id: "upload.late" }, true],
  [{ id: [{ prefix: "upload." }] }, { id: "block.upload." }, false],
  [{ id: [{ suffix: ".late" }] }, { id: "upload.late" }, true],
  [{ id: [{ "anything-but": ["upload.late"] }] }, { id: "upload.gone" }, true],
  [{ id: [{ "anything-but": ["upload.late"] }] }, { id: "upload.late" }, false],
  [{ id: [{ "anything-but": ["upload.late"] }] }, {}, false],
  [{ id: [{ "anything-but": { prefix: "upload." } }] }, { id: "upload.late" }, false],
  [{ id: [{ exists: true }] }, { id: "any" }, true],
  [{ id: [{ exists: true }] }, {}, false],
  [{ id: [{ exists: false }] }, { other: "x" }, true],
  // SNS: `exists: false` wants at least one attribute.
  [{ id: [{ exists: false }] }, {}, false],
  [{ id: [{ exists: false }] }, { id: "any" }, false],
  [{ stage: [{ "equals-ignore-case": "PROD" }] }, { stage: "Prod" }, true],
];

const ELEVEN = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, "x"]));

/** Topics with a queue behind them, wherever they are (the port: packages/fleet/messaging.ts). */
export function defineTopicsContract(name: string, make: (filter: Filter) => Promise<TopicsWorld>): void {
  describe(`${name}, as topics`, () => {
    it.each(PASSES)("with the filter %j deliver %j: %s", async (filter, attributes, passes) => {
      const { topics, received } = await make(filter);
      await topics.publish("alerts", { message: "hello", attributes });
      expect(await received()).toEqual(passes ? [{ message: "hello", attributes }] : []);
    });

    it("hand the group on to the queue", async () => {
      const { topics, received } = await make({});
      await topics.publish("alerts", { message: "hello", attributes: {}, groupId: "prod-a" });
      expect(await received()).toEqual([{ message: "hello", attributes: {}, groupId: "prod-a" }]);
    });

    it("take 256 KiB with the attributes", async () => {
      const { topics, received } = await make({});
      const publication = { message: "x".repeat(262_144 - "aStringb".length), attributes: { a: "b" } };
      await topics.publish("alerts", publication);
      expect(await received()).toEqual([publication]);
    });

    it.each<[string, string, Publication]>([
      ["eleven attributes, which no queue would see", "alerts", { message: "a", attributes: ELEVEN }],
      ["a character that a queue would replace", "alerts", { message: "a\u0000", attributes: {} }],
      ["a group of more than 128 characters", "alerts", { message: "a", attributes: {}, groupId: "g".repeat(129) }],
      ["an empty attribute", "alerts", { message: "a", attributes: { severity: "" } }],
      ["an empty message", "alerts", { message: "", attributes: {} }],
      ["more than 256 KiB with the attributes", "alerts", { message: "x".repeat(262_140), attributes: { a: "b" } }],
      ["a topic that is not there", "none", { message: "a", attributes: {} }],
    ])("refuse %s", async (_, topic, publication) => {
      const { topics, received } = await make({});
      await expect(topics.publish(topic, publication)).rejects.toThrow(TerminalError);
      expect(await received()).toEqual([]);
    });
  });
}
