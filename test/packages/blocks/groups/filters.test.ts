import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReadableBlock } from "#blocks/block/block";
import { groupKeys } from "#blocks/block/group-key";
import { outlooksOf } from "#blocks/compactor/outlook";
import { byStreamOf } from "#blocks/groups/by-stream";
import { groupLabels, liveGroups } from "#blocks/groups/filters";
import type { AuditSettings } from "#config/audit-settings";
import {
  at,
  type BlockSpec,
  HOUR,
  MINUTE,
  readableOf,
  settingsOf,
  ulidAt,
  ulidOf,
} from "#test/packages/blocks/factory";

const NOW = at("2026-11-20T13:10:00Z");
const groupKeyOf = await groupKeys();

function live(specs: readonly BlockSpec[], settings: AuditSettings = settingsOf(), now = NOW): string[] {
  const groups = liveGroups(byStreamOf(specs.map(readableOf)), { settings, now, groupKeyOf });
  return groups.flatMap(({ blocks }) => blocks.map(({ ulid }) => ulid));
}

function block(rest: Partial<BlockSpec> = {}): BlockSpec {
  return { min: at("2026-11-20T06:00:01Z"), max: at("2026-11-20T08:00:00Z"), ...rest };
}

describe("liveGroups", () => {
  it.each([
    { uploaded: NOW - 30 * MINUTE, isLive: true },
    { uploaded: NOW - 30 * MINUTE + 1, isLive: false },
  ])("shows a block from the end of its consistency delay on", ({ uploaded, isLive }) => {
    expect(live([block({ uploaded })])).toHaveLength(isLive ? 1 : 0);
  });

  it("goes by the ULID where there is no upload time", () => {
    expect(live([block({ uploaded: null, ulid: ulidAt(NOW - 30 * MINUTE) })])).toHaveLength(1);
    expect(live([block({ uploaded: null, ulid: ulidAt(NOW - 30 * MINUTE + 1) })])).toHaveLength(0);
  });

  it.each(["compactor", "compactor.repair", "bucket.repair"])("shows blocks of %s at once", (source) => {
    expect(live([block({ uploaded: NOW, source })])).toHaveLength(1);
    expect(live([block({ uploaded: NOW, source: "bucket.rewrite" })])).toHaveLength(0);
  });

  it("shows blocks of the future as Thanos does: those that need no delay, and those it dates by their ULID", () => {
    const uploaded = NOW + 10 * MINUTE;
    expect(live([block({ uploaded, source: "compactor" })])).toHaveLength(1);
    expect(live([block({ uploaded: null, ulid: ulidAt(uploaded) })])).toHaveLength(1);
    expect(live([block({ uploaded })])).toHaveLength(0);
  });

  it.each([
    { age: 0, isLive: true },
    { age: 24 * HOUR, isLive: true },
    { age: 24 * HOUR + 1000, isLive: false },
  ])("keeps a marked block until its mark is older than half the delete delay: $age ms", ({ age, isLive }) => {
    expect(live([block({ markedAt: NOW - age })])).toHaveLength(isLive ? 1 : 0);
  });

  it("hides a block whose sources another one holds, and keeps one that only shares some", () => {
    const [a, b, c] = ["A", "B", "C"].map((salt) => ulidAt(NOW - 9 * HOUR, salt));
    if (a === undefined || b === undefined || c === undefined) throw new Error("three ULIDs");
    const merged = block({ ulid: ulidAt(NOW - 2 * HOUR), sources: [a, b], level: 2 });
    const covered = block({ ulid: a, sources: [a] });
    const sharing = block({ ulid: ulidAt(NOW - 3 * HOUR), sources: [b, c], level: 2 });

    expect(live([covered, sharing, merged]).sort()).toEqual([ulidOf(merged), ulidOf(sharing)].sort());
  });

  // The facts of thanos pkg/block/fetcher_test.go: blocks by number, with the numbers of their sources.
  it.each([
    { name: "heads", blocks: { 1: [1], 2: [2], 3: [3] }, left: [1, 2, 3] },
    { name: "a compacted block whose heads are gone", blocks: { 6: [6], 4: [1, 3, 2], 5: [5] }, left: [4, 5, 6] },
    { name: "the younger of two of one origin", blocks: { 5: [5], 6: [6], 3: [1, 2], 4: [1, 2] }, left: [3, 5, 6] },
    { name: "the one with fewer sources", blocks: { 4: [1, 2], 6: [6], 5: [1, 3, 2] }, left: [5, 6] },
    { name: "heads of a compacted block", blocks: { 6: [6], 1: [1], 2: [2], 3: [3], 4: [2, 1, 3] }, left: [4, 6] },
    {
      name: "everything below a block of a higher level",
      blocks: { 10: [1, 2, 3], 11: [6, 4, 5], 14: [14], 1: [1], 13: [1, 6, 2, 3, 5, 7, 4, 8, 9], 12: [7, 9, 8] },
      left: [13, 14],
    },
    {
      name: "all but the oldest of the largest",
      blocks: { 8: [1, 3, 2, 4], 1: [1], 5: [1, 2], 6: [1, 3, 2, 4], 7: [3, 1, 2] },
      left: [6],
    },
    { name: "no block that shares only some", blocks: { 10: [1, 2, 6, 7], 1: [1], 11: [6, 8, 1, 2] }, left: [10, 11] },
    { name: "nor a smaller one", blocks: { 10: [6, 7, 1, 2], 1: [1], 5: [1, 2], 11: [2, 3, 1] }, left: [10, 11] },
  ])("hides $name", ({ blocks, left }) => {
    const specs = Object.entries(blocks).map(([id, sources]) =>
      block({ ulid: ulidAt(Number(id)), sources: sources.map((source) => ulidAt(source)) }),
    );
    expect(live(specs).sort()).toEqual(left.map((id) => ulidAt(id)).sort());
  });

  it("does not hide across resolutions or labels", () => {
    const raw = block();
    const same = { sources: [ulidOf(raw)] };
    const down = block({ ...same, ulid: ulidAt(NOW - HOUR, "D"), resolution: 300_000 });
    const other = block({ ...same, ulid: ulidAt(NOW - HOUR, "E"), labels: { cluster: "b" } });

    expect(live([raw, down, other])).toHaveLength(3);
  });

  it("hides what comparing every pair hides", () => {
    // Together, and apart: only blocks whose sources lie between each other's are compared.
    const together = fc.subarray([..."ABCDE"].map((salt) => ulidAt(1, salt)));
    const apart = fc
      .tuple(fc.nat(5), fc.subarray([0, 1, 2, 3]))
      .map(([from, steps]) => steps.map((step) => ulidAt(10 * from + step)));
    fc.assert(
      fc.property(fc.array(fc.oneof(together, apart), { maxLength: 40, size: "max" }), (sets) => {
        const specs = sets.map((set, index) => block({ ulid: ulidAt(1000 + index), sources: set, uploaded: 0 }));
        const kept: BlockSpec[] = [];
        const inOrder = specs.toSorted(
          (a, b) => (b.sources?.length ?? 0) - (a.sources?.length ?? 0) || (ulidOf(a) < ulidOf(b) ? -1 : 1),
        );
        for (const spec of inOrder) {
          if (!kept.some((parent) => spec.sources?.every((source) => parent.sources?.includes(source))))
            kept.push(spec);
        }
        expect(live(specs).sort()).toEqual(kept.map(ulidOf).sort());
      }),
    );
  });

  it("groups by the labels without the compactor's replica labels", () => {
    const specs = ["0", "1"].map((replica) =>
      block({ ulid: ulidAt(NOW - 5 * HOUR, replica), labels: { cluster: "a", replica } }),
    );
    const options = { now: NOW, groupKeyOf };
    const blocks = specs.map(readableOf);

    expect(liveGroups(byStreamOf(blocks), { ...options, settings: settingsOf() })).toHaveLength(2);
    const [group, ...rest] = liveGroups(byStreamOf(blocks), {
      ...options,
      settings: settingsOf({ deduplicationReplicaLabels: ["replica"] }),
    });
    expect(rest).toEqual([]);
    expect(group).toMatchObject({ labels: { cluster: "a" }, key: groupKeyOf(0, { cluster: "a" }) });
  });
});

describe("blocks that were looked at before", () => {
  const specs = ["0", "1"].flatMap((replica) =>
    [10, 8, 6, 4, 2, 0].map((hours): BlockSpec => {
      const max = at("2026-11-20T12:00:00Z") - hours * HOUR;
      const markedAt = hours === 8 && replica === "1" ? NOW - 24 * HOUR : undefined;
      return { min: max - 2 * HOUR, max, labels: { cluster: "a", replica }, ...(markedAt && { markedAt }) };
    }),
  );

  interface Look {
    readonly there: readonly number[];
    readonly hours: number;
    readonly settings: Parameters<typeof settingsOf>[0];
    readonly vertical: boolean;
  }

  function lookAt(blocks: readonly ReadableBlock[], { there, hours, settings: given, vertical }: Look) {
    const settings = settingsOf(given);
    const those = blocks.filter((_, place) => there.includes(place));
    const groups = liveGroups(byStreamOf(those), { settings, now: NOW + hours * HOUR, groupKeyOf });
    return { groups, outlooks: outlooksOf(groups, { settings, vertical }) };
  }

  it("are the same groups, in which there is the same to do, while nothing changes but the time", () => {
    const blocks = specs.map(readableOf);
    const look = { there: [0, 1, 2, 3, 4, 5], settings: {}, vertical: false };
    const [first, later] = [lookAt(blocks, { ...look, hours: 1 }), lookAt(blocks, { ...look, hours: 2 })];
    expect(first.outlooks).toHaveLength(1);
    expect(later.groups[0]).toBe(first.groups[0]);
    expect(later.outlooks[0]).toBe(first.outlooks[0]);
  });

  it.each([
    ["ends its delay", { uploaded: NOW }, [0, 29, 30, 31, 29]],
    ["is of the future by its ULID", { uploaded: null, ulid: ulidAt(NOW + 5 * MINUTE) }, [0, 4, 5, 6, 34, 35, 4]],
    ["has a mark", { uploaded: NOW - HOUR, markedAt: NOW - 24 * HOUR + 5 * MINUTE }, [0, 4, 5, 6, 4]],
  ])("see in time, and back in it, that a block %s", (_, rest, minutes) => {
    const kept = [block(), block({ ...rest, max: NOW })].map(readableOf);
    const looks = minutes.map((minute) => ({ there: [0, 1], hours: minute / 60, settings: {}, vertical: false }));
    const counts = looks.map((one) => lookAt(kept, one).groups.map(({ blocks }) => blocks.length));
    const anew = looks.map((one) =>
      lookAt(
        kept.map((each) => ({ ...each })),
        one,
      ),
    );
    expect(counts).toEqual(anew.map(({ groups }) => groups.map(({ blocks }) => blocks.length)));
    expect(new Set(counts.flat())).toEqual(new Set([1, 2]));
  });

  it("are judged as if nobody had looked at them, whatever the looks before were", () => {
    const look: fc.Arbitrary<Look> = fc.record({
      there: fc.subarray(specs.map((_, place) => place)),
      hours: fc.integer({ min: -8, max: 24 }),
      settings: fc.constantFrom<Look["settings"][]>(
        {},
        { consistencyDelay: "2h" },
        { deduplicationReplicaLabels: ["replica"] },
      ),
      vertical: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(look, { minLength: 2, maxLength: 6 }), (looks) => {
        const kept = specs.map(readableOf);
        for (const one of looks) expect(lookAt(kept, one)).toEqual(lookAt(specs.map(readableOf), one));
      }),
    );
  });
});

describe("groupLabels", () => {
  it("gives a block without other labels the stand-in of Thanos", () => {
    expect(groupLabels({ replica: "0" }, ["replica", "x"])).toEqual({ replica: "deduped" });
    expect(groupLabels({}, [])).toEqual({});
  });
});
