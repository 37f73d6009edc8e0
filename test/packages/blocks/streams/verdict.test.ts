import { describe, expect, it } from "vitest";
import { byStreamOf } from "#blocks/groups/by-stream";
import { streamsOf } from "#blocks/streams/stream";
import { judgeStreams } from "#blocks/streams/verdict";
import { at, type BlockSpec, DAY, HOUR, headBlocks, readableOf, settingsOf } from "#test/packages/blocks/factory";

const NOW = at("2026-11-20T13:10:00Z");
const NOON = at("2026-11-20T12:00:00Z");
type Labels = Readonly<Record<string, string>>;

function statuses(specs: readonly BlockSpec[], settings = settingsOf()): Record<string, string> {
  const asked = { settings, now: NOW, heads: new Map() };
  const verdicts = judgeStreams(streamsOf(byStreamOf(specs.map(readableOf)), asked), asked);
  return Object.fromEntries(verdicts.map(({ stream, status }) => [Object.values(stream.labels).join("/"), status]));
}

function stream(labels: Labels, until: number, count = 3): BlockSpec[] {
  return headBlocks(until, count, { labels });
}

describe("judgeStreams", () => {
  it("calls a stream late from its deadline until 7 days of silence, then retired", () => {
    const a = { cluster: "a" };
    expect(statuses(stream(a, NOON))).toEqual({ a: "fresh" });
    expect(statuses(stream(a, NOON - 4 * HOUR))).toEqual({ a: "late" });
    expect(statuses(stream(a, NOON - 3 * DAY))).toEqual({ a: "late" });
    expect(statuses(stream(a, NOON - 6 * DAY))).toEqual({ a: "late" });
    expect(statuses(stream(a, NOON - 7 * DAY))).toEqual({ a: "retired" });
  });

  it("keeps a silent cluster that is expected, but not the replicas that it had given up before", () => {
    const settings = settingsOf({ expectedClusters: [{ cluster: "a" }] });
    const specs = [
      ...stream({ cluster: "a", replica: "0" }, NOON - 10 * DAY),
      ...stream({ cluster: "a", replica: "old" }, NOON - 20 * DAY),
    ];
    expect(statuses(specs, settings)).toEqual({ "a/0": "late", "a/old": "retired" });
  });

  it("keeps a replica retired while its expected cluster uploads", () => {
    const settings = settingsOf({ expectedClusters: [{ cluster: "a" }] });
    const specs = [
      ...stream({ cluster: "a", replica: "0" }, NOON),
      ...stream({ cluster: "a", replica: "1" }, NOON - 8 * DAY),
    ];
    expect(statuses(specs, settings)).toEqual({ "a/0": "fresh", "a/1": "retired" });
  });

  it("sees a renamed replica as succeeded", () => {
    const specs = [
      ...stream({ cluster: "a", replica: "pod-x" }, NOON - 6 * HOUR),
      ...stream({ cluster: "a", replica: "pod-y" }, NOON, 3),
    ];
    expect(statuses(specs)).toEqual({ "a/pod-x": "succeeded", "a/pod-y": "fresh" });
  });

  it("sees a stream whose producer got one label more as succeeded", () => {
    const specs = [...stream({ cluster: "a" }, NOON - 6 * HOUR), ...stream({ cluster: "a", stage: "prod" }, NOON, 3)];
    expect(statuses(specs)).toEqual({ a: "succeeded", "a/prod": "fresh" });
  });

  it("does not take a sibling, or another cluster that begins just then, for a successor", () => {
    const specs = [
      ...stream({ cluster: "a", replica: "0" }, NOON - 6 * HOUR),
      ...stream({ cluster: "a", replica: "1" }, NOON, 8),
      ...stream({ cluster: "b", replica: "0" }, NOON, 3),
    ];
    expect(statuses(specs)["a/0"]).toBe("late");
  });

  const prod = { cluster: "a", region: "eu", stage: "prod" };

  it("sees a stream as succeeded by one with another value that begins as it ends", () => {
    const next = { ...prod, stage: "production" };
    const specs = [...stream(prod, NOON - 6 * HOUR), ...stream(next, NOON)];
    expect(statuses(specs)).toEqual({ "a/eu/prod": "succeeded", "a/eu/production": "fresh" });
  });

  it.each([
    ["begins as it ends and keeps a value", { ...prod, cluster: "b" }, { count: 3, series: 99 }, "succeeded"],
    ["begins as it ends and has as many series", { cluster: "b", region: "us" }, { count: 3, series: 17 }, "succeeded"],
    [
      "begins hours later, keeps a value, and has as many series",
      { ...prod, cluster: "b" },
      { count: 2, series: 17 },
      "succeeded",
    ],
    ["begins hours later, with other series", { ...prod, cluster: "b" }, { count: 2, series: 18 }, "late"],
    ["begins as it ends, with nothing of it", { cluster: "b", region: "us" }, { count: 3, series: 18 }, "late"],
    ["begins hours later, and keeps no value", { cluster: "b", region: "us" }, { count: 2, series: 14 }, "late"],
    ["begins more than 4 h later", { ...prod, cluster: "b" }, { count: 1, series: 14 }, "late"],
    ["has three other values", { cluster: "b", region: "us", stage: "dev" }, { count: 3, series: 14 }, "late"],
    ["has other labels as well", { cluster: "b", region: "eu", team: "x" }, { count: 3, series: 14 }, "late"],
  ])("holds one against another that %s", (_, next, { count, series }, status) => {
    const { cluster, region, stage } = prod;
    const before = Object.keys(next).length === 2 ? { cluster, region } : { cluster, region, stage };
    const specs = [...stream(before, NOON - 6 * HOUR), ...headBlocks(NOON, count, { labels: next, series })];
    expect(statuses(specs)[Object.values(before).join("/")]).toBe(status);
  });

  it.each([
    ["began as long before its end as may be", { first: 8, next: 5 }, "succeeded"],
    ["began longer before its end", { first: 8, next: 6 }, "late"],
    ["began with it, and goes on", { first: 2, next: 5 }, "late"],
  ])("holds a stream against a new one that %s", (_, { first, next }, status) => {
    const specs = [
      ...stream({ cluster: "a", replica: "old" }, NOON - 6 * HOUR, first),
      ...stream({ cluster: "a", replica: "new" }, NOON, next),
    ];
    expect(statuses(specs)["a/old"]).toBe(status);
  });

  it("wants the old cluster to end with all its replicas, where one began later", () => {
    const later = { ...prod, cluster: "b" };
    const sibling = (until: number) => stream({ ...prod, replica: "1" }, until, 8);
    const of = (until: number) => [
      ...stream({ ...prod, replica: "0" }, NOON - 8 * HOUR),
      ...sibling(until),
      ...stream({ ...later, replica: "0" }, NOON),
    ];
    expect(statuses(of(NOON - 4 * HOUR))["a/eu/prod/0"]).toBe("succeeded");
    expect(statuses(of(NOON - 2 * HOUR))["a/eu/prod/0"]).toBe("late");
  });

  it("does not take the edge of raw retention for the begin of a stream", () => {
    const sibling = { cluster: "a", replica: "1" };
    const downsampled: BlockSpec = { min: NOON - 30 * DAY, max: NOON - 16 * DAY, resolution: 300_000, level: 4 };
    const specs = [
      ...stream({ cluster: "a", replica: "0" }, NOON - 6 * HOUR),
      ...stream(sibling, NOON),
      { ...downsampled, labels: sibling },
    ];
    expect(statuses(specs)["a/0"]).toBe("late");
  });
});
