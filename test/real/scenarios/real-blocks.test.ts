import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { auditWithCli, type BlockBucket, makeBlockBucket } from "#test/real/servers/block-bucket";
import {
  BLOCK_RANGE,
  HOUR,
  localBlocks,
  scrapePast,
  startProducer,
  uploadWithSidecar,
} from "#test/real/servers/block-producer";
import { thanos } from "#test/real/servers/compactor";
import type { Prometheus } from "#test/real/servers/prometheus";

const MINUTE = HOUR / 60;
const SLACK = 15 * MINUTE;
const REPLICAS = [0, 1].map((replica) => ({
  cluster: "prod-a",
  region: "eu-west-1",
  stage: "prod",
  prometheus_replica: `prometheus-${replica}`,
}));

/** When the scene ends: now, all of it is of hours that are over. */
const END = Date.now();
/** Where the last block ends that the first replica's sidecar uploads. */
const LAST = Math.floor(END / BLOCK_RANGE) * BLOCK_RANGE - 3 * BLOCK_RANGE;
const BEGIN = LAST - 5 * BLOCK_RANGE;
/** That block has just been cut. */
const CUT = LAST + HOUR + 5 * MINUTE;

/** The rule in words, minute by minute, and not our code: late once the newest block does not reach the end that is expected by then. */
function firstLateMinute(newestMaxTime: number): number {
  const expectedMaxTime = (now: number) => Math.floor((now - BLOCK_RANGE / 2 - SLACK) / BLOCK_RANGE) * BLOCK_RANGE;
  let minute = newestMaxTime;
  while (newestMaxTime >= expectedMaxTime(minute)) minute += MINUTE;
  return minute;
}

describe("the audit of blocks that a real Prometheus cut and a real sidecar uploaded", () => {
  const late = firstLateMinute(LAST);
  let bucket: BlockBucket;
  let first: Prometheus;
  let second: Prometheus;

  beforeAll(async () => {
    bucket = await makeBlockBucket("real-blocks");
    [first, second] = await Promise.all([startProducer(REPLICAS[0] ?? {}), startProducer(REPLICAS[1] ?? {})]);
    const both = [first, second];
    await Promise.all(both.map((producer) => scrapePast(producer, { from: BEGIN, to: CUT })));
    await Promise.all(both.map((producer) => uploadWithSidecar(producer, bucket)));
  });

  it("is green, and counts the streams and blocks that Thanos itself counts", async () => {
    const { exitCode, report } = await auditWithCli(bucket, { now: CUT });
    const listed = await thanos([
      "tools",
      "bucket",
      "ls",
      `--objstore.config-file=${bucket.objstore}`,
      "--log.level=error",
    ]);

    expect(report.findings).toEqual([]);
    expect(exitCode).toBe(0);
    expect(report.summary).toMatchObject({ streams: 2, clusters: 1 });
    expect(report.blocks).toBe(10);
    expect(listed.text.trim().split("\n")).toHaveLength(10);
  });

  it("knows the minute at which the next block is due", async () => {
    expect(new Date(late).toISOString()).toBe(new Date(LAST + 3 * HOUR + SLACK).toISOString());
    const { report } = await auditWithCli(bucket, { now: CUT });
    expect(report.summary.nextDeadline).toBe(new Date(late).toISOString().replace(".000Z", "Z"));
  });

  it("finds nothing wrong with the beginnings and ends of real files, until one is overwritten", async () => {
    const settings = { headerShare: 1 };
    expect(await auditWithCli(bucket, { now: CUT, settings })).toMatchObject({ exitCode: 0, report: { findings: [] } });

    const copy = await makeBlockBucket("real-blocks-zeros", [bucket]);
    const { ulid } = (await localBlocks(first.data)).find(({ maxTime }) => maxTime === LAST) ?? {};
    const index = await readFile(join(first.data, `${ulid}`, "index"));
    await copy.put(`${ulid}/index`, Buffer.alloc(index.length));
    // Put there now, and judged then.
    const { report } = await auditWithCli(copy, { settings });

    expect(report.findings.filter(({ id }) => id === "block.header")).toMatchObject([
      { severity: "critical", blocks: [ulid], evidence: { files: [{ part: "magic" }, { part: "toc" }] } },
    ]);
  });

  describe("when the sidecar of one replica has stopped", () => {
    beforeAll(async () => {
      await Promise.all([first, second].map((producer) => scrapePast(producer, { from: CUT, to: END })));
      await uploadWithSidecar(second, bucket);
    });

    it("says nothing one minute before the deadline", async () => {
      const { exitCode, report } = await auditWithCli(bucket, { now: late - MINUTE });
      expect([exitCode, report.findings]).toEqual([0, []]);
    });

    it("names that stream and no other at the minute of the deadline", async () => {
      const { exitCode, report } = await auditWithCli(bucket, { now: late });
      const newest = (await localBlocks(first.data)).find(({ maxTime }) => maxTime === LAST);

      expect(exitCode).toBe(1);
      expect(report.findings.map(({ id, labels }) => [id, labels])).toEqual([
        ["upload.late", REPLICAS[0]],
        ["upload.replica-late", REPLICAS[0]],
      ]);
      expect(report.findings[0]).toMatchObject({
        severity: "warning",
        since: new Date(late).toISOString().replace(".000Z", "Z"),
        blocks: [newest?.ulid],
        evidence: { missedBlocks: 1 },
      });
      expect(report.findings[1]).toMatchObject({ evidence: { coveredBy: REPLICAS[1] } });
    });

    it("is green again once the sidecar runs and has caught up", async () => {
      await uploadWithSidecar(first, bucket);

      expect(await auditWithCli(bucket, { now: late })).toMatchObject({
        exitCode: 0,
        report: { findings: [] },
      });
      expect(await auditWithCli(bucket)).toMatchObject({ exitCode: 0, report: { findings: [] } });
    });
  });
});
