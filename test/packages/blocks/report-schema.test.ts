import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import { parseAuditReport } from "#blocks/report-schema";
import { auditReport, finding } from "#test/factories/audit-report";
import { expectedOf, RECORDED_BUCKETS, recordedBucket } from "#test/factories/recorded-bucket";
import { jsonSchemaProblems } from "#test/json-schema";
import { settingsOf } from "#test/packages/blocks/factory";
import { FAULTS } from "#test/packages/blocks/faults/all";
import { bucketAt, tickFrom } from "#test/packages/blocks/faults/fault";
import { publishedReportSchema } from "#test/packages/blocks/published-schema";

const SCHEMA = publishedReportSchema();
/** As a program reads it. */
const published = (report: unknown): unknown => JSON.parse(JSON.stringify(report));
const problemsOf = (report: unknown) => jsonSchemaProblems(SCHEMA, published(report), { closed: true });

describe("the published schema of the audit's report", () => {
  it.each(RECORDED_BUCKETS)("holds for %s, and names every field", async (name) => {
    const { config, now } = await expectedOf(name);
    const report = await auditBucket({
      bucket: await recordedBucket(name),
      settings: settingsOf(config),
      now: new Date(now),
    });

    expect(problemsOf(report)).toEqual([]);
    expect(parseAuditReport(published(report))).toEqual({ ok: true, value: published(report) });
  });

  it.each(FAULTS)("holds for $id: $what", async ({ world, settings, from }) => {
    const now = tickFrom(from);
    const report = await auditBucket({
      bucket: bucketAt(world, now),
      settings: settingsOf(settings),
      now: new Date(now),
    });

    expect(problemsOf(report)).toEqual([]);
    expect(parseAuditReport(published(report))).toEqual({ ok: true, value: published(report) });
  });

  it.each([
    ["a severity of its own", { ...auditReport([finding({})]), findings: [{ ...finding(), severity: "bad" }] }],
    ["a time in words", { ...auditReport(), now: "yesterday" }],
    ["a version to come", { ...auditReport(), schemaVersion: 2 }],
    ["no summary", { ...auditReport(), summary: undefined }],
    ["half a block", { ...auditReport(), blocks: 0.5 }],
  ])("does not hold with %s, nor is that read", (_, report) => {
    expect(problemsOf(report)).toHaveLength(1);
    expect(parseAuditReport(published(report)).ok).toBe(false);
  });

  it("lets fields of later versions pass, which are read over", () => {
    const later = { ...auditReport(), mood: "fine" };

    expect(jsonSchemaProblems(SCHEMA, published(later))).toEqual([]);
    expect(problemsOf(later)).toEqual(["$.mood is not in the schema"]);
    expect(parseAuditReport(published(later))).toEqual({ ok: true, value: auditReport() });
  });
});
