import { describe, expect, it } from "vitest";
import type { ObjectStore } from "#blocks/bucket/bucket";
import { bucketMessage } from "#blocks/bucket/bucket-message";
import { RetryableError, TerminalError } from "#fleet/errors";
import { auditBucket } from "#functions/audit-bucket";
import { bucketOfRecording } from "#local/recorded-bucket";
import { renderOpenMetrics } from "#report/open-metrics";
import { loadReport } from "#report/stored-report";
import { deployment } from "#test/factories/deployment";
import { lambdaContext, sqsEvent } from "#test/factories/sqs";
import { ALL, auditing, FIRST, reading, recordedAt, SECOND, SETTINGS } from "#test/functions/auditing";
import { jsonSchemaProblems } from "#test/json-schema";
import { publishedReportSchema } from "#test/packages/blocks/published-schema";

const refusing = (error: Error): Partial<ObjectStore> => ({ write: () => Promise.reject(error) });
const DENIED = new TerminalError("cannot write: s3:PutObject is denied", { remedy: "Deploy again.", reason: "denied" });
const SLOW = new RetryableError("S3 answers 503 SlowDown", { remedy: "Wait.", reason: "throttled" });

/** An audited bucket that is judged as of the clock. */
async function judgedNow() {
  const objects = await reading("overlap-same-labels");
  const world = deployment({
    only: ALL,
    config: { buckets: [{ url: FIRST, settings: SETTINGS }] },
    ports: { bucket: ({ url }) => bucketOfRecording(objects, { url }) },
  });
  await world.settle();
  const stored = async () => (await loadReport(world.ports.reports, FIRST))?.report.now;
  return { ...world, stored };
}
const turn = () =>
  sqsEvent("audits.fifo", [{ id: "m", body: bucketMessage({ url: FIRST, because: "" }), group: FIRST }]);

describe("the report of an audit", () => {
  it("is left for each bucket, with its metrics, by the published schema", async () => {
    const { settle, ports } = await auditing();
    await settle();

    for (const url of [FIRST, SECOND]) {
      const stored = await loadReport(ports.reports, url);
      expect(stored?.report).toMatchObject({ url, now: recordedAt, blocks: 248 });
      expect(stored?.report.findings.map(({ id }) => id)).toContain("compactor.will-halt");
      expect(jsonSchemaProblems(publishedReportSchema(), stored?.report, { closed: true })).toEqual([]);
      expect(stored?.metrics).toBe(stored && renderOpenMetrics(stored.report));
    }
  });

  it("tells the time of each judgement, so that an old one shows", async () => {
    const { clock, settle, stored, ports } = await judgedNow();
    const first = await stored();
    clock.advance(5 * 60_000);
    await settle();

    expect(Date.parse((await stored()) ?? "") - Date.parse(first ?? "")).toBe(5 * 60_000);
    expect((await loadReport(ports.reports, FIRST))?.metrics).toContain(
      `musterbook_audit_timestamp_seconds{bucket="${FIRST}"} ${clock.now().getTime() / 1000}\n`,
    );
  });

  it("stands where the last listing is too old to judge by", async () => {
    const { clock, stored, ports } = await judgedNow();
    const before = await stored();
    clock.advance(3 * 3_600_000);
    await auditBucket(ports)(turn(), lambdaContext());

    expect((await ports.alertStates.allFiring()).map(({ alert }) => alert.id)).toContain("musterbook.listing-failed");
    expect(await stored()).toBe(before);
  });

  it("is not left of a bucket that was never listed to its end", async () => {
    const { settle, ports } = await auditing({ only: ["enqueue-audits", "audit-bucket"] });
    await settle();
    expect(await loadReport(ports.reports, FIRST)).toBeUndefined();
  });

  it("is stored after the alerts are out", async () => {
    const order: string[] = [];
    const { settle, ports, runtime } = await auditing({ only: ALL });
    const { write } = ports.reports;
    runtime.subscribe("musterbook-alerts", {}, ({ message }) => {
      order.push(`alert on ${message.includes(FIRST) ? FIRST : SECOND}`);
    });
    const noting: typeof write = async (key, content, expected) => {
      order.push(`${key.startsWith("s3-first") ? FIRST : SECOND} ${key.split("/").at(-1)}`);
      return write(key, content, expected);
    };
    Object.assign(ports.reports, { write: noting });
    await settle();

    for (const url of [FIRST, SECOND]) {
      const alerts = order.lastIndexOf(`alert on ${url}`);
      expect(alerts).toBeGreaterThanOrEqual(0);
      expect(order.indexOf(`${url} report.json`)).toBeGreaterThan(alerts);
      expect(order.indexOf(`${url} metrics.prom`)).toBeGreaterThan(order.indexOf(`${url} report.json`));
    }
  });

  it("that cannot be stored for good is put aside with the reason, and no alert is lost", async () => {
    const { settle, ports, firingOf, published, runtime } = await auditing();
    Object.assign(ports.reports, refusing(DENIED));
    await settle();

    for (const url of [FIRST, SECOND]) expect(await firingOf(url)).toContain("compactor.will-halt");
    expect(published.filter((line) => line === "compactor.will-halt opened")).toHaveLength(2);
    const letters = runtime.deadLetters();
    expect(new Set(letters.map(({ groupId }) => groupId))).toEqual(new Set([FIRST, SECOND]));
    for (const { queue, reason } of letters) {
      expect([queue, reason]).toEqual(["audits-dlq.fifo", expect.stringContaining("s3:PutObject is denied")]);
    }
  });

  it("that cannot be stored just now is tried again, and no alert is told twice", async () => {
    const { settle, later, ports, published, runtime } = await auditing();
    const { write } = ports.reports;
    Object.assign(ports.reports, refusing(SLOW));
    await settle();
    const told = [...published];
    expect(await loadReport(ports.reports, FIRST)).toBeUndefined();
    Object.assign(ports.reports, { write });
    await later(4);

    expect((await loadReport(ports.reports, FIRST))?.report.url).toBe(FIRST);
    expect(published).toEqual(told);
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("is stored although an alert cannot be recorded, which is told all the same", async () => {
    const { settle, ports, runtime } = await auditing();
    Object.assign(ports.alertStates, { put: () => Promise.reject(DENIED) });
    await settle();

    expect((await loadReport(ports.reports, FIRST))?.report.url).toBe(FIRST);
    expect(runtime.deadLetters().length).toBeGreaterThan(0);
  });

  it("of an invocation that is overtaken by the next one never takes the place of its report", async () => {
    const { clock, ports, stored, lines } = await judgedNow();
    let overtaken: string | undefined;
    const reports: ObjectStore = {
      ...ports.reports,
      read: async (key) => {
        if (overtaken === undefined) {
          overtaken = clock.now().toISOString();
          clock.advance(60_000);
          await auditBucket(ports)(turn(), lambdaContext());
        }
        return ports.reports.read(key);
      },
    };
    await auditBucket({ ...ports, reports })(turn(), lambdaContext());

    expect(Date.parse((await stored()) ?? "")).toBe(Date.parse(overtaken ?? "") + 60_000);
    expect(lines.filter((line) => line.includes("a newer judgement of the bucket is stored already"))).toHaveLength(1);
  });
});
