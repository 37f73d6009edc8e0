import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlertRecord } from "#alerts/alert";
import { fingerprint } from "#alerts/fingerprint";
import { FLAPS_WITHIN_MS, nextRecord, type Sighting, STEADY_MS, worstOf } from "#alerts/state";
import { alertOf, NOW, openedRecord } from "#test/packages/alerts/fakes";

const LATER = "2026-11-21T10:05:00.000Z";
const LATEST = "2026-11-21T10:10:00.000Z";

function firing(change: Parameters<typeof alertOf>[0] = {}, source = "test"): Sighting {
  return { status: "firing", source, alert: alertOf(change) };
}

function next(previous: AlertRecord | undefined, sighting: Sighting, at = LATER): AlertRecord {
  const record = nextRecord(previous, sighting, new Date(at));
  if (record === "unchanged") throw new Error("expected a change");
  return record;
}

describe("nextRecord", () => {
  it("opens at the first sighting", () => {
    expect(openedRecord()).toEqual({
      schemaVersion: 1,
      fingerprint: fingerprint(alertOf()),
      source: "test",
      status: "firing",
      alert: alertOf(),
      openedAt: NOW,
      changedAt: NOW,
      resolvedAt: null,
      sequence: 1,
      publishedSequence: 0,
      transition: "opened",
    });
  });

  it("has nothing to resolve where nothing was opened", () => {
    expect(nextRecord(undefined, { status: "resolved" }, new Date(NOW))).toBe("unchanged");
  });

  it.each([
    ["the same", {}],
    ["other evidence", { evidence: { lateMs: 9 } }],
  ])("is unchanged by %s", (_, change) => {
    expect(nextRecord(openedRecord(), firing(change), new Date(LATER))).toBe("unchanged");
  });

  it("is unchanged by an age that grew", () => {
    const at = (age: string) => firing({ summary: `3 objects; nothing was written for ${age}.` });
    for (const age of ["45 s", "3 h", "1 d 3 h"]) {
      expect(nextRecord(next(undefined, at("2 h 59 m")), at(age), new Date(LATEST))).toBe("unchanged");
    }
    expect(
      nextRecord(next(undefined, firing({ summary: "3 blocks" })), firing({ summary: "4 blocks" }), new Date(LATEST)),
    ).not.toBe("unchanged");
  });

  it.each([
    ["severity", { severity: "critical" }],
    ["summary", { summary: "Two streams are late." }],
    ["remedy", { remedy: "Cure it." }],
  ] as const)("updates at another %s", (_, change) => {
    const record = next(openedRecord(), firing(change, "another"));
    expect(record).toEqual({
      ...openedRecord(),
      alert: alertOf(change),
      changedAt: LATER,
      sequence: 2,
      transition: "updated",
    });
  });

  describe("remembers what it was at worst since it was opened", () => {
    it.each([
      ["falls", ["critical", "warning"], "critical"],
      ["falls twice", ["critical", "warning", "info"], "critical"],
      ["falls and rises, not as far", ["critical", "info", "warning"], "critical"],
      ["rises", ["info", "warning"], undefined],
      ["falls and is again as bad", ["warning", "info", "warning"], undefined],
      ["falls and is worse", ["warning", "info", "critical"], undefined],
    ] as const)("where it %s", (_, severities, worst) => {
      const record = severities.reduce<AlertRecord | undefined>(
        (previous, severity, nth) =>
          next(previous, firing({ severity }), new Date(Date.parse(NOW) + nth).toISOString()),
        undefined,
      );
      expect(record?.worst).toBe(worst);
      expect(record === undefined ? undefined : worstOf(record)).toBe(worst ?? severities.at(-1));
    });

    it("to its end, and no longer", () => {
      const fallen = next(openedRecord(), firing({ severity: "info" }), LATER);
      const resolved = next(fallen, { status: "resolved" }, LATEST);
      expect(resolved).toMatchObject({ status: "resolved", worst: "warning", alert: { severity: "info" } });
      expect(next(resolved, firing({ severity: "info" }), LATEST)).not.toHaveProperty("worst");
    });
  });

  it("is unchanged by other words of what has an extent, which count and name what moves", () => {
    const told = next(undefined, firing({ extent: 2 }));
    expect(nextRecord(told, firing({ extent: 2, summary: "4 blocks.", remedy: "Cure 01B." }), new Date(LATEST))).toBe(
      "unchanged",
    );
  });

  it.each([
    ["twice as much", 4, true],
    ["a little more", 3, false],
    ["less", 1, false],
  ])("counts %s since it was last told", (_, extent, isNews) => {
    const told = next(undefined, firing({ extent: 2 }));
    const found = nextRecord(told, firing({ extent }), new Date(LATEST));
    if (isNews) expect(found).toMatchObject({ transition: "updated", alert: { extent } });
    else expect(found).toBe("unchanged");
  });

  it("takes up the extent of a record that has none with the next other news", () => {
    const old = next(undefined, firing());
    expect(nextRecord(old, firing({ extent: 9 }), new Date(LATEST))).toBe("unchanged");
    expect(next(old, firing({ extent: 9, severity: "critical" }), LATEST)).toMatchObject({ alert: { extent: 9 } });
  });

  it("resolves what fires, once", () => {
    const record = next(openedRecord(), { status: "resolved" });
    expect(record).toMatchObject({ status: "resolved", transition: "resolved", resolvedAt: LATER, sequence: 2 });
    expect(nextRecord(record, { status: "resolved" }, new Date(LATEST))).toBe("unchanged");
  });

  it("reopens what was resolved, for the source that sees it now", () => {
    const resolved = next(openedRecord(), { status: "resolved" });
    expect(next(resolved, firing({}, "another"), LATEST)).toMatchObject({
      status: "firing",
      transition: "reopened",
      source: "another",
      openedAt: LATEST,
      resolvedAt: null,
      sequence: 3,
    });
  });

  describe("that came back soon after it was resolved", () => {
    const start = Date.parse(NOW);
    const at = (ms: number) => new Date(start + ms).toISOString();
    const resolved = next(openedRecord(), { status: "resolved" }, at(0));
    const reopened = next(resolved, firing(), at(5 * 60_000));
    const gone = next(reopened, { status: "resolved" }, at(10 * 60_000));

    it("only remembers that it is gone, and that it is there again", () => {
      expect(gone).toMatchObject({ status: "firing", transition: "reopened", sequence: 3 });
      expect(gone.flapping).toEqual({ isGone: true, since: at(10 * 60_000) });
      const there = next(gone, firing(), at(15 * 60_000));
      expect(there).toEqual({ ...gone, flapping: { isGone: false, since: at(15 * 60_000) } });
      expect(nextRecord(there, firing(), new Date(at(20 * 60_000)))).toBe("unchanged");
    });

    it("is resolved once it has been gone for long", () => {
      const almost = 10 * 60_000 + STEADY_MS - 1;
      expect(nextRecord(gone, { status: "resolved" }, new Date(at(almost)))).toBe("unchanged");
      const steady = next(gone, { status: "resolved" }, at(almost + 1));
      expect(steady).toMatchObject({ status: "resolved", transition: "resolved", sequence: 4 });
      expect(steady).not.toHaveProperty("flapping");
    });

    it("is updated all the same when it got worse, gone for a while or not", () => {
      for (const record of [reopened, gone]) {
        const worse = next(record, firing({ severity: "critical" }), at(15 * 60_000));
        expect(worse).toMatchObject({ transition: "updated", sequence: 4, flapping: { isGone: false } });
      }
    });

    it("does not flap when it took its time", () => {
      const late = next(resolved, firing(), at(FLAPS_WITHIN_MS));
      expect(late).not.toHaveProperty("flapping");
      expect(next(late, { status: "resolved" }, at(FLAPS_WITHIN_MS + 1))).toMatchObject({ status: "resolved" });
    });

    it("ignores a sighting from before it went", () => {
      expect(nextRecord(gone, firing(), new Date(at(7 * 60_000)))).toBe("unchanged");
    });
  });

  it.each([
    ["resolving", { status: "resolved" }],
    ["firing", firing({ severity: "critical" })],
  ] as const)("ignores a %s sighting from before the last change", (_, sighting) => {
    const updated = next(openedRecord(), firing({ summary: "x" }));
    expect(nextRecord(updated, sighting, new Date(NOW))).toBe("unchanged");
  });

  it("keeps what was published", () => {
    const record = next({ ...openedRecord(), publishedSequence: 1 }, { status: "resolved" });
    expect(record).toMatchObject({ publishedSequence: 1, sequence: 2 });
  });
});

interface Delivery {
  readonly key: number;
  readonly at: number;
  readonly sighting: Sighting;
}

/** What several sources saw of three alerts, in the order of time. */
const history = fc
  .array(
    fc.record({
      key: fc.nat(2),
      kind: fc.constantFrom("resolved", "firing", "worse", "evidence"),
    }),
    { maxLength: 30 },
  )
  .map((steps) =>
    steps.map(({ key, kind }, i): Delivery => {
      const labels = { cluster: String(key) };
      const change =
        kind === "worse" ? { severity: "critical" as const } : { evidence: { i: kind === "evidence" ? i : 0 } };
      return { key, at: i, sighting: kind === "resolved" ? { status: "resolved" } : firing({ ...change, labels }) };
    }),
  );

function run(deliveries: readonly Delivery[]): ReadonlyMap<number, AlertRecord> {
  const records = new Map<number, AlertRecord>();
  for (const { key, at, sighting } of deliveries) {
    const record = nextRecord(records.get(key), sighting, new Date(at * 1_000));
    if (record !== "unchanged") records.set(key, record);
  }
  return records;
}

describe("nextRecord, over any interleaving with duplicates", () => {
  it("equals the sorted run", () => {
    const interleaved = history.chain((sorted) =>
      fc.tuple(
        fc.constant(sorted),
        // After each delivery, any that came before it may come again; alerts overtake each other.
        fc.array(fc.array(fc.nat(40), { maxLength: 3 }), { minLength: sorted.length, maxLength: sorted.length }),
        fc.boolean(),
      ),
    );
    fc.assert(
      fc.property(interleaved, ([sorted, repeats, byAlert]) => {
        const ordered = byAlert ? sorted.toSorted((a, b) => a.key - b.key) : sorted;
        const delivered = ordered.flatMap((delivery, i) => [
          delivery,
          ...(repeats[i] ?? []).flatMap((at) => ordered[at % (i + 1)] ?? []),
        ]);
        expect(run(delivered)).toEqual(run(sorted));
      }),
      { numRuns: 500, seed: 20261121 },
    );
  });
});
