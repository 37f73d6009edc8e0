import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import { TerminalError } from "#fleet/errors";
import { found, NOON, NOW, told } from "#test/packages/blocks/checks/found";
import {
  blockObjects,
  bucketOf,
  DAY,
  HOUR,
  headBlocks,
  MINUTE,
  object,
  settingsOf,
  ulidOf,
} from "#test/packages/blocks/factory";

const FRESH = headBlocks(NOON, 4);
const [FIRST = "", SECOND = ""] = FRESH.map(ulidOf);

/** The objects of the fresh blocks, some of them of another class. */
function inClass(storageClass: string, ...keys: readonly string[]) {
  return FRESH.flatMap((spec) => blockObjects(spec)).map((one) =>
    keys.includes(one.key) ? { ...one, storageClass } : one,
  );
}

describe("block.archived", () => {
  it.each([
    { storageClass: "GLACIER", ids: ["critical block.archived"] },
    { storageClass: "DEEP_ARCHIVE", ids: ["critical block.archived"] },
    { storageClass: "GLACIER_IR", ids: ["info block.archived"] },
    { storageClass: "STANDARD_IA", ids: [] },
    { storageClass: "INTELLIGENT_TIERING", ids: [] },
  ])("goes by the class: $storageClass", async ({ storageClass, ids }) => {
    expect(await told("block.", { objects: inClass(storageClass, `${FIRST}/index`) })).toEqual(ids);
  });

  it("is one finding for all blocks, with the objects and what to run", async () => {
    const objects = inClass("GLACIER", `${FIRST}/index`, `${FIRST}/chunks/000001`, `${SECOND}/index`);
    const [finding, ...more] = await found("block.archived", { objects });

    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      blocks: [FIRST, SECOND],
      evidence: { blocks: 2, streams: 1, objects: 3, bytes: 200, classes: [{ storageClass: "GLACIER", objects: 3 }] },
    });
    expect(finding?.remedy).toContain("aws s3api get-bucket-lifecycle-configuration --bucket blocks");
    expect(finding?.remedy).toContain(`--key ${FIRST}/chunks/000001 --restore-request`);
    expect(finding?.remedy).toContain(`--force-glacier-transfer`);
  });

  it("is none of a block whose deletion mark has taken effect", async () => {
    const ulid = FIRST;
    const mark = (age: number) =>
      object(
        `${ulid}/deletion-mark.json`,
        JSON.stringify({ id: ulid, version: 1, deletion_time: (NOW - age) / 1000, details: "outdated block" }),
        NOW - age,
      );
    const objects = inClass("GLACIER", `${FIRST}/index`);
    expect(await told("block.", { objects: [...objects, mark(24 * HOUR)] })).toEqual(["critical block.archived"]);
    expect(await told("block.", { objects: [...objects, mark(24 * HOUR + 1000)] })).toEqual([]);
  });

  it("judges the rest of the bucket where a meta.json itself is archived, and asks S3 for none", async () => {
    const objects = inClass("GLACIER", `${FIRST}/meta.json`);
    const asked: string[] = [];
    const bucket = bucketOf(objects);
    const get = (key: string, maxBytes: number) => {
      asked.push(key);
      return bucket.get(key, maxBytes);
    };
    const report = await auditBucket({ bucket: { ...bucket, get }, settings: settingsOf(), now: new Date(NOW) });

    expect(asked).not.toContain(`${FIRST}/meta.json`);
    expect(report.summary.streams).toBe(1);
    const ids = report.findings.map(({ id }) => id);
    expect(ids).toEqual(["block.archived"]);
    expect(report.findings[0]?.consequence).toContain(`Of 1 block (${FIRST}) meta.json itself is archived`);
  });

  it("knows an archive tier that no listing shows by what S3 answers", async () => {
    const bucket = bucketOf(inClass("INTELLIGENT_TIERING", `${FIRST}/meta.json`));
    const get = async (key: string, maxBytes: number) => {
      if (key !== `${FIRST}/meta.json`) return bucket.get(key, maxBytes);
      throw new TerminalError("InvalidObjectState", { reason: "s3-archived", remedy: "restore it" });
    };
    const { findings } = await auditBucket({
      bucket: { ...bucket, get },
      settings: settingsOf(),
      now: new Date(NOW),
    });

    expect(findings.map(({ id, blocks }) => [id, blocks])).toEqual([["block.archived", [FIRST]]]);
  });
});

describe("bucket.junk", () => {
  const specs = FRESH;
  const junk = (key: string) => object(key, "x", NOW - HOUR);

  it("is silent about blocks, marks and what tools leave inside of a block directory", async () => {
    const objects = [`${FIRST}/`, `${FIRST}/chunks/`, `${FIRST}/index.cache.json`, `${FIRST}/tombstones`].map(junk);
    expect(await told("bucket.", { specs, objects, uploads: [] })).toEqual([]);
  });

  it("is a note that counts by kind, and names a few", async () => {
    const old = Array.from({ length: 1000 }, (_, index) => junk(`debug/metas/${index}.json`));
    const objects = [...old, junk("thanos.shipper.json"), junk(`${FIRST.toLowerCase()}/meta.json`)];
    const [finding, ...more] = await found("bucket.junk", { specs, objects });

    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: "info", blocks: [], evidence: { objects: 1002, bytes: 1002 } });
    const kinds = finding?.evidence.kinds;
    expect(kinds).toEqual([
      expect.objectContaining({ kind: "phantom-block", objects: 1, newest: "2026-11-20T12:10:00Z" }),
      expect.objectContaining({ kind: "debug-meta", objects: 1000 }),
      expect.objectContaining({ kind: "shipper-state", objects: 1 }),
    ]);
    expect(JSON.stringify(finding).length).toBeLessThan(5000);
  });

  it.each([
    { age: 2 * DAY, ids: [] },
    { age: 2 * DAY + 1, ids: ["info bucket.junk"] },
  ])("gives a multipart upload two days: $age ms", async ({ age, ids }) => {
    const uploads = [{ key: `${FIRST}/chunks/000001`, initiated: NOW - age }];
    expect(await told("bucket.", { specs, uploads })).toEqual(ids);
  });

  it("counts the uploads that are older, and says how to have them aborted", async () => {
    const uploads = [1, 3, 5].map((days) => ({ key: `${days}`, initiated: NOW - days * DAY }));
    const [finding] = await found("bucket.junk", { specs, uploads });

    expect(finding?.evidence).toMatchObject({ incompleteUploads: 2, oldestUpload: "2026-11-15T13:10:00Z" });
    expect(finding?.remedy).toContain('"AbortIncompleteMultipartUpload":{"DaysAfterInitiation":2}');
  });
});

describe("a remedy for a bucket on a server of one's own", () => {
  it("names the server, and the bucket's prefix where a command wants it apart", async () => {
    const ulid = FIRST;
    const objects = inClass("GLACIER", `${ulid}/index`).filter(({ key }) => key.startsWith(ulid));
    const partial = object(`${SECOND}/index`, 9, NOW - 50 * HOUR);
    const { findings } = await auditBucket({
      bucket: { ...bucketOf([...objects, partial]), url: "s3://metrics/team/", endpoint: "http://minio:9000" },
      settings: settingsOf(),
      now: new Date(NOW + MINUTE),
    });
    const commands = findings.flatMap(({ remedy }) => remedy.split("\n").filter((line) => line.startsWith("   aws")));

    expect(commands.map((line) => line.trim())).toEqual([
      "aws --endpoint-url http://minio:9000 s3api get-bucket-lifecycle-configuration --bucket metrics",
      `aws --endpoint-url http://minio:9000 s3api restore-object --bucket metrics --key team/${ulid}/index --restore-request '{"Days":7,"GlacierJobParameters":{"Tier":"Standard"}}'`,
      `aws --endpoint-url http://minio:9000 s3 cp --recursive --storage-class STANDARD --force-glacier-transfer --metadata-directive COPY s3://metrics/team/${ulid} s3://metrics/team/${ulid}`,
      `aws --endpoint-url http://minio:9000 s3 cp --recursive s3://metrics/team/${SECOND} backup/${SECOND}`,
    ]);
  });
});
