import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlertInput } from "#alerts/alert";
import { type AlertEvent, alertEvent } from "#alerts/cloud-event";
import { slackMessages } from "#alerts/slack-digest";
import { nextRecord } from "#alerts/state";
import { openedRecord } from "#test/packages/alerts/fakes";

const LATER = new Date("2026-11-21T10:05:00.000Z");

function opened(change: Partial<AlertInput> = {}): AlertEvent {
  return alertEvent(openedRecord(change));
}

function resolved(change: Partial<AlertInput> = {}): AlertEvent {
  const record = nextRecord(openedRecord(change), { status: "resolved" }, LATER);
  if (record === "unchanged") throw new Error("what fires is resolved");
  return alertEvent(record);
}

/** Alerts of as many clusters. */
function many(count: number, change: Partial<AlertInput> = {}, make = opened): readonly AlertEvent[] {
  return Array.from({ length: count }, (_, at) =>
    make({ ...change, labels: { cluster: `prod-${at}`, bucket: "s3://blocks" } }),
  );
}

/** What a person reads of the only post. */
function digestOf(events: readonly AlertEvent[]): readonly string[] {
  const messages = slackMessages(events);
  expect(messages).toHaveLength(1);
  return textsOf(messages[0]?.payload.blocks ?? []);
}

function textsOf(
  blocks: (typeof slackMessages extends (e: never) => readonly (infer M)[] ? M : never)["payload"]["blocks"],
) {
  return blocks.flatMap((block) => ("elements" in block ? block.elements.map(({ text }) => text) : [block.text.text]));
}

describe("what is told at once in Slack", () => {
  it("is a post for each of a few alerts", () => {
    const events = many(5);
    expect(slackMessages(events).map((message) => message.events)).toEqual(events.map((event) => [event]));
  });

  it("is one digest of more: how many, the first three, where the others are, and what to do", () => {
    const [header, kind, ...rest] = digestOf(many(6, { severity: "critical" }));
    expect(header).toBe("6 alerts: 6 critical");
    expect(kind?.split("\n")).toEqual([
      "*CRITICAL: upload.late*, 6 alerts",
      "• prod-0: The stream missed its deadline of 09:15.",
      "• prod-1: The stream missed its deadline of 09:15.",
      "• prod-2: The stream missed its deadline of 09:15.",
      "and 3 more: prod-3, prod-4, prod-5",
      "*Do:* Look at the sidecar's log. Each with its numbers and commands: musterbook explain upload.late s3://blocks",
    ]);
    expect(rest).toEqual(["So many at once are told in one post; the topic has each of them."]);
  });

  it("names each of two hundred, and counts what it cannot name", () => {
    const [, kind] = digestOf(many(200));
    for (let at = 3; at < 200; at += 1) expect(kind).toMatch(new RegExp(`\\bprod-${at}\\b`));
    expect(digestOf(many(2_000))[1]).toMatch(/prod-150, .* and 1,\d\d\d others\n/);
  });

  it("names what is of no cluster by its other labels, its group or its bucket", () => {
    const labels = [{ what: "s3://a" }, { group: "0@1", bucket: "s3://b" }, { bucket: "s3://b" }, {}];
    const events = labels.map((each) => opened({ id: "block.partial", labels: each }));
    const shown = many(3, { id: "block.partial" });
    expect(digestOf([...shown, ...events])[1]).toContain("\nand 4 more: s3://a, 0@1, s3://b\n");
  });

  it("has what is worst first, and what is resolved last, without anything to do", () => {
    const [header, ...kinds] = digestOf([
      ...many(2, {}, resolved),
      ...many(3, { id: "upload.gap" }),
      ...many(1, { id: "compactor.will-halt", severity: "critical" }),
      ...many(4, { id: "labels.changed" }),
    ]);
    expect(header).toBe("10 alerts: 1 critical, 7 warning, 2 resolved");
    expect(kinds.slice(0, 4).map((text) => text.split("\n")[0])).toEqual([
      "*CRITICAL: compactor.will-halt*",
      "*WARNING: labels.changed*, 4 alerts",
      "*WARNING: upload.gap*, 3 alerts",
      "*RESOLVED: upload.late*, 2 alerts",
    ]);
    expect(kinds[3]).not.toContain("Do:");
  });

  it("counts the kinds that it has no room for", () => {
    const events = Array.from({ length: 10 }, (_, at) => opened({ id: `kind.${at}` }));
    expect(digestOf(events).at(-1)).toContain("And more: WARNING: kind.8 1, WARNING: kind.9 1.");
  });

  it("is the newest of each alert alone, for all of its events", () => {
    const [first, second] = [opened(), resolved()];
    const messages = slackMessages([second, first, second]);
    expect(messages).toHaveLength(1);
    expect(messages[0]?.events).toEqual([second, first, second]);
    expect(messages[0]?.payload.text).toBe("RESOLVED: upload.late on prod-a");
  });

  it("is within Slack's limits whatever the alerts hold, and loses no event", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom("<!channel>", "&".repeat(9_000)),
    );
    const event = fc
      .record({ id: text, cluster: text, summary: text, remedy: text, bucket: text })
      .map(({ cluster, bucket, ...words }) => opened({ ...words, labels: { cluster, bucket } }));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const messages = slackMessages(events);
        expect(messages.flatMap((message) => message.events).toSorted(byId)).toEqual(events.toSorted(byId));
        for (const { payload } of messages) {
          const texts = textsOf(payload.blocks);
          expect(payload.blocks.length).toBeLessThanOrEqual(50);
          expect(texts.join("").length).toBeLessThanOrEqual(12_000);
          expect(Math.max(...texts.map((each) => each.length))).toBeLessThanOrEqual(3_000);
          expect(texts.join("")).not.toMatch(/<(?!$)/);
        }
      }),
      { numRuns: 200, seed: 20261121 },
    );
  });
});

function byId(a: AlertEvent, b: AlertEvent): number {
  return a.id < b.id ? -1 : 1;
}
