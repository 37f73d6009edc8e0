import { describe, expect, it } from "vitest";
import { explains } from "#blocks/causes";
import { everyFinding, found, NOON, told } from "#test/packages/blocks/checks/found";
import { type BlockSpec, DAY, HOUR, headBlocks } from "#test/packages/blocks/factory";

function stream(labels: Record<string, string>, until = NOON, count = 4): BlockSpec[] {
  return headBlocks(until, count, { labels });
}

describe("labels.changed", () => {
  const OLD = { cluster: "a", replica: "pod-x" };
  const NEW = { cluster: "a", replica: "pod-y" };
  const renamed = [...stream(OLD, NOON - 8 * HOUR), ...stream(NEW, NOON)];

  it("names what changed, and the blocks that stay short", async () => {
    const [finding] = await found("labels.changed", { specs: renamed });

    expect(finding).toMatchObject({
      severity: "warning",
      labels: OLD,
      since: "2026-11-20T04:00:00Z",
      evidence: { successor: NEW, shortRawBlocks: 4, changes: [{ label: "replica", before: "pod-x", after: "pod-y" }] },
    });
  });

  it.each([
    { what: "one added label", after: { cluster: "a", replica: "pod-x", stage: "prod" } },
    { what: "one that is gone", after: { replica: "pod-x", cluster: "a" }, before: { ...OLD, stage: "prod" } },
  ])("knows $what", async ({ after, before = OLD }) => {
    const specs = [...stream(before, NOON - 8 * HOUR), ...stream(after, NOON)];
    expect(await told("labels.changed", { specs })).toEqual(["warning labels.changed"]);
  });

  it.each([
    { gap: 4 * HOUR, ids: ["warning labels.changed"] },
    { gap: 6 * HOUR, ids: [] },
  ])("wants the new one to begin within 4 h: $gap ms", async ({ gap, ids }) => {
    // The first sample of a block is a little after the grid, which the 4 h must not be.
    const after = stream(NEW, NOON).map((spec, index) => (index === 0 ? { ...spec, min: spec.max - 2 * HOUR } : spec));
    expect(await told("labels.changed", { specs: [...stream(OLD, NOON - 8 * HOUR - gap), ...after] })).toEqual(ids);
  });

  it("names the one that began nearest to the end", async () => {
    const specs = [
      ...stream(OLD, NOON - 8 * HOUR),
      ...headBlocks(NOON, 5, { labels: { ...NEW, replica: "early" } }),
      ...headBlocks(NOON, 4, { labels: NEW }),
      ...headBlocks(NOON, 3, { labels: { ...NEW, replica: "late" } }),
    ];
    const [finding] = await found("labels.changed", { specs });
    expect(finding?.evidence).toMatchObject({ successor: NEW });
  });

  it("is none while the old one goes on", async () => {
    expect(await told("labels.changed", { specs: [...stream(OLD, NOON), ...stream(NEW, NOON)] })).toEqual([]);
  });

  it("ends 7 d after the old one did", async () => {
    const specs = (until: number) => [
      ...stream(OLD, NOON - 8 * HOUR),
      ...stream(NEW, until, Math.round((until - NOON) / 2 / HOUR) + 4),
    ];
    const end = NOON - 8 * HOUR + 7 * DAY;

    expect(await told("labels.changed", { specs: specs(end), now: end })).toEqual(["warning labels.changed"]);
    expect(await told("labels.changed", { specs: specs(end), now: end + 1 })).toEqual([]);
  });
});

describe("labels.volatile", () => {
  const DAYS = [4, 3, 2, 1];
  const hopping = (days: readonly number[]) => [
    ...days.flatMap((day) => stream({ cluster: "a", replica: `pod-${day}` }, NOON - day * DAY, 12)),
    ...stream({ cluster: "a", replica: "pod-0" }, NOON, 12),
  ];

  it("is told by streams that come and go, and swallows each change", async () => {
    const findings = await everyFinding({ specs: hopping(DAYS) });
    const [volatile] = findings.filter(({ id }) => id === "labels.volatile");
    const changes = findings.filter(({ id }) => id === "labels.changed");

    expect(volatile).toMatchObject({
      severity: "warning",
      labels: { cluster: "a" },
      evidence: { streams: 5, cameAndWent: 4 },
    });
    expect(changes).toHaveLength(4);
    expect(changes.filter((change) => volatile && explains(volatile, change))).toEqual(changes);
  });

  it("needs more than three streams", async () => {
    expect(await told("labels.volatile", { specs: hopping([3, 2, 1]) })).toEqual(["warning labels.volatile"]);
    expect(await told("labels.volatile", { specs: hopping([2, 1]) })).toEqual([]);
  });

  it("is not told by replicas that stop together, nor by many that stay", async () => {
    const replicas = (until: number) =>
      [0, 1, 2, 3, 4].flatMap((name) => stream({ cluster: "a", replica: `${name}` }, until, 12));
    expect(await told("labels.volatile", { specs: replicas(NOON - DAY) })).toEqual([]);
    expect(await told("labels.volatile", { specs: replicas(NOON) })).toEqual([]);
  });
});

describe("labels.schema", () => {
  const specs = [...stream({ cluster: "a", replica: "0" }), ...stream({ cluster: "b", team: "x" })];

  it("asks for nothing by itself", async () => {
    expect(await told("labels.schema", { specs })).toEqual([]);
  });

  it("names what a stream lacks, and what the settings do not know", async () => {
    const settings = { requiredLabels: ["cluster", "replica"], knownLabels: ["region"] };
    const [finding, ...more] = await found("labels.schema", { specs, settings });

    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      severity: "warning",
      labels: { cluster: "b", team: "x" },
      evidence: { missing: ["replica"], unknown: ["team"] },
    });
  });

  it("takes any other label while none is known", async () => {
    expect(await told("labels.schema", { specs, settings: { requiredLabels: ["cluster"] } })).toEqual([]);
    const settings = { requiredLabels: ["cluster"], knownLabels: ["replica", "team"] };
    expect(await told("labels.schema", { specs, settings })).toEqual([]);
  });

  it("leaves streams that are gone", async () => {
    const gone = stream({ team: "x" }, NOON - 8 * DAY);
    expect(await told("labels.schema", { specs: gone, settings: { requiredLabels: ["cluster"] } })).toEqual([]);
  });
});
