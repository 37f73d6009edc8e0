import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type ObjectStore, textOf } from "#blocks/bucket/bucket";
import type { AuditReport, Finding } from "#blocks/finding";
import { parseAuditReport } from "#blocks/report-schema";
import { ConflictError } from "#fleet/errors";
import { memoryObjectStore } from "#local/memory-object-store";
import { jsonText } from "#report/escape";
import { renderOpenMetrics } from "#report/open-metrics";
import { loadReport, metricsKey, reportKey, saveReport } from "#report/stored-report";
import { AUDITED_AT, auditReport, finding } from "#test/factories/audit-report";
import { jsonSchemaProblems } from "#test/json-schema";
import { publishedReportSchema } from "#test/packages/blocks/published-schema";

const URL = "s3://metrics-blocks";
const MIB = 2 ** 20;

const at = (now: string, findings: readonly Finding[] = []): AuditReport => ({ ...auditReport(findings), now });
const EARLIER = at("2026-11-20T13:10:00Z", [finding()]);
const LATER = at("2026-11-20T13:15:00Z");

/** The store, in which something happens before each call. */
function interrupted(store: ObjectStore, meanwhile: () => Promise<void>): ObjectStore {
  return {
    ...store,
    read: async (key) => {
      await meanwhile();
      return store.read(key);
    },
    write: async (...args) => {
      await meanwhile();
      return store.write(...args);
    },
  };
}

/** The time that each of the two objects tells. */
async function timesIn(store: ObjectStore): Promise<readonly unknown[]> {
  const [report, metrics] = [await store.read(reportKey(URL)), await store.read(metricsKey(URL))];
  const told = metrics && /^musterbook_audit_timestamp_seconds\{.*\} (\d+)$/m.exec(textOf(metrics))?.[1];
  return [report && JSON.parse(textOf(report)).now, told && new Date(Number(told) * 1000).toISOString()];
}

describe("a stored report", () => {
  it("is what `audit --output json` prints, with the text of `--output openmetrics` beside it", async () => {
    const store = memoryObjectStore();
    expect(await saveReport(store, EARLIER)).toBe("saved");

    expect(textOf((await store.read(reportKey(URL))) ?? { bytes: new Uint8Array() })).toBe(jsonText(EARLIER));
    expect(await loadReport(store, URL)).toEqual({ report: EARLIER, metrics: renderOpenMetrics(EARLIER) });
  });

  it("is found under a name that people can read, by its own bucket only", async () => {
    const store = memoryObjectStore();
    await saveReport(store, EARLIER);

    expect(reportKey(URL)).toMatch(/^s3-metrics-blocks-[0-9a-f]{12}\/report\.json$/);
    expect(metricsKey(URL)).toMatch(/^s3-metrics-blocks-[0-9a-f]{12}\/metrics\.prom$/);
    expect(await loadReport(store, "s3://metrics/blocks")).toBeUndefined();
  });

  it("is replaced by that of a later judgement, and of the same time", async () => {
    const store = memoryObjectStore();
    await saveReport(store, EARLIER);
    await saveReport(store, { ...EARLIER, blocks: 1 });
    expect((await loadReport(store, URL))?.report.blocks).toBe(1);

    expect(await saveReport(store, LATER)).toBe("saved");
    expect(await timesIn(store)).toEqual([LATER.now, "2026-11-20T13:15:00.000Z"]);
  });

  it("is not replaced by that of an earlier one that comes late", async () => {
    const store = memoryObjectStore();
    await saveReport(store, LATER);

    expect(await saveReport(store, EARLIER)).toBe("newer");
    expect(await timesIn(store)).toEqual([LATER.now, "2026-11-20T13:15:00.000Z"]);
  });

  it("of the later judgement is what stays, wherever between its calls an earlier one is held up", async () => {
    let held = 0;
    for (let call = 1; call <= 4; call += 1) {
      const store = memoryObjectStore();
      await saveReport(store, at("2026-11-20T13:00:00Z"));
      let calls = 0;
      const meanwhile = async () => {
        calls += 1;
        if (calls !== call) return;
        held += 1;
        await saveReport(store, LATER);
      };
      expect(await saveReport(interrupted(store, meanwhile), EARLIER)).toBe("newer");
      expect(await timesIn(store)).toEqual([LATER.now, "2026-11-20T13:15:00.000Z"]);
    }
    expect(held).toBe(4);
  });

  it("of the later judgement is what stays, wherever between its own calls an earlier one comes", async () => {
    for (let call = 1; call <= 4; call += 1) {
      const store = memoryObjectStore();
      let calls = 0;
      const meanwhile = async () => {
        calls += 1;
        if (calls === call) await saveReport(store, EARLIER);
      };
      expect(await saveReport(interrupted(store, meanwhile), LATER)).toBe("saved");
      expect(await timesIn(store)).toEqual([LATER.now, "2026-11-20T13:15:00.000Z"]);
    }
  });

  it("is written once more where the answer to its own write was lost", async () => {
    const store = memoryObjectStore();
    let lost = 0;
    const lossy: ObjectStore = {
      ...store,
      write: async (key, content, expected) => {
        await store.write(key, content, expected);
        lost += 1;
        if (lost > 1) return (await store.read(key))?.version ?? "";
        throw new ConflictError("the same request came before", { remedy: "Read it again." });
      },
    };

    expect(await saveReport(lossy, LATER)).toBe("saved");
    expect(await timesIn(store)).toEqual([LATER.now, "2026-11-20T13:15:00.000Z"]);
  });

  it("that loses again and again is an error that can be tried again", async () => {
    const refusing: ObjectStore = {
      ...memoryObjectStore(),
      write: async () => {
        throw new ConflictError("somebody was faster", { remedy: "Read it again." });
      },
    };
    await expect(saveReport(refusing, LATER)).rejects.toThrow(ConflictError);
  });

  it.each([
    ["no JSON", "<html>"],
    ["JSON without a time", "{}"],
    ["no text", new Uint8Array([0x1f, 0x8b, 0, 0])],
  ])("replaces what is %s, which nobody can read", async (_, content) => {
    const store = memoryObjectStore();
    await store.write(reportKey(URL), content, null);
    await expect(loadReport(store, URL)).rejects.toMatchObject({ reason: "report-unreadable", field: reportKey(URL) });

    expect(await saveReport(store, LATER)).toBe("saved");
    expect((await loadReport(store, URL))?.report).toEqual(LATER);
  });

  it("of another bucket under the same key is none", async () => {
    const store = memoryObjectStore();
    await store.write(reportKey(URL), jsonText({ ...LATER, url: "s3://other" }), null);
    expect(await loadReport(store, URL)).toBeUndefined();
  });

  it("of a version to come is told to be one", async () => {
    const store = memoryObjectStore();
    await store.write(reportKey(URL), jsonText({ ...LATER, schemaVersion: 2 }), null);
    await expect(loadReport(store, URL)).rejects.toMatchObject({
      reason: "report-unreadable",
      message: expect.stringContaining("schemaVersion"),
    });
  });

  it("whose metrics are missing has those that follow from it", async () => {
    const store = memoryObjectStore();
    await store.write(reportKey(URL), jsonText(EARLIER), null);
    expect((await loadReport(store, URL))?.metrics).toBe(renderOpenMetrics(EARLIER));
  });
});

describe("a large report", () => {
  const many = (count: number, given: (at: number) => Partial<Finding>) =>
    Array.from({ length: count }, (_, index) => finding(given(index)));

  it("of more than a MiB is compressed, and read the same", async () => {
    const store = memoryObjectStore();
    const report = auditReport(many(3_000, (index) => ({ labels: { cluster: `c-${index}` } })));
    await saveReport(store, report);
    const { bytes } = (await store.read(reportKey(URL))) ?? { bytes: new Uint8Array() };

    expect(jsonText(report).length).toBeGreaterThan(MIB);
    expect(bytes.byteLength).toBeLessThan(MIB / 4);
    expect(gunzipSync(bytes).toString("utf8")).toBe(jsonText(report));
    expect((await loadReport(store, URL))?.report).toEqual(report);
    expect(await saveReport(store, at("2026-11-20T13:05:00Z"))).toBe("newer");
  });

  it("is bounded: the least severe is left out first, and what is left out is counted", async () => {
    const store = memoryObjectStore();
    const critical = finding({ blocks: Array.from({ length: 300_000 }, (_, index) => `${index}`.padStart(26, "0")) });
    const infos = many(30_000, (index) => ({ severity: "info", labels: { cluster: `c-${index}` } }));
    const stream = (index: number, status: "fresh" | "retired") => ({
      ...{ labels: { cluster: `s-${index}` }, status, newest: AUDITED_AT, deadline: AUDITED_AT, expected: null },
      slack: { ms: 900_000, origin: "default" as const, uploads: 0 },
    });
    const streams = [
      ...Array.from({ length: 60_000 }, (_, index) => stream(index, "retired")),
      stream(60_000, "fresh"),
    ];
    const whole = { ...auditReport([critical, ...infos]), streams };
    await saveReport(store, whole);
    const stored = await loadReport(store, URL);
    const { report } = stored ?? { report: auditReport() };

    expect(jsonText(report).length).toBeLessThan(32 * MIB);
    expect(report.findings[0]).toEqual({ ...critical, blocks: critical.blocks.slice(0, 1_000), evidence: {} });
    expect(report.streams[0]?.labels).toEqual({ cluster: "s-60000" });
    expect(report.summary).toEqual(whole.summary);
    expect(report.leftOut).toEqual({
      findings: whole.findings.length - report.findings.length,
      details: 1,
      streams: whole.streams.length - report.streams.length,
    });
    expect(report.leftOut?.findings).toBeGreaterThan(0);
    expect(report.leftOut?.streams).toBeGreaterThan(0);
    // What is counted in the metrics is all.
    expect(stored?.metrics).toBe(renderOpenMetrics(whole));
    expect(jsonSchemaProblems(publishedReportSchema(), JSON.parse(jsonText(report)), { closed: true })).toEqual([]);
    expect(parseAuditReport(JSON.parse(jsonText(report)))).toEqual({ ok: true, value: report });
  });
});
