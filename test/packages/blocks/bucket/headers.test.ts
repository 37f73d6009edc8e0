import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import { crc32c } from "#blocks/bucket/crc32c";
import type { RecordedObject } from "#local/recorded-bucket";
import { CHUNKS, INDEX } from "#test/packages/blocks/block-files";
import { NOON, NOW } from "#test/packages/blocks/checks/found";
import { blockObjects, bucketOf, headBlocks, settingsOf, ulidOf } from "#test/packages/blocks/factory";

const SPECS = headBlocks(NOON, 40);
const [ULID = ""] = SPECS.map(ulidOf);

/** Whole files in every block, but for what a test puts into those of the first. */
function objectsWith(files: Readonly<Record<string, Buffer>>): RecordedObject[] {
  return SPECS.flatMap(blockObjects).map((one) => {
    const given = Object.entries(files).find(([path]) => one.key === `${ULID}/${path}`)?.[1];
    const content = given ?? contentOf(one);
    return { ...one, content, size: content.length };
  });
}

function contentOf({ key, content }: RecordedObject): Buffer {
  if (key.endsWith("/chunks/000001")) return CHUNKS;
  if (key.endsWith("/index")) return INDEX;
  const text = new TextDecoder().decode(content);
  return Buffer.from(
    text
      .replace('"size_bytes":100', `"size_bytes":${CHUNKS.length}`)
      .replace('"size_bytes":50', `"size_bytes":${INDEX.length}`),
  );
}

/** Of the blocks: this bucket has no compactor. */
async function audit(files: Readonly<Record<string, Buffer>>, headerShare: number) {
  const report = await auditBucket({
    bucket: bucketOf(objectsWith(files)),
    settings: settingsOf({ headerShare }),
    now: new Date(NOW),
  });
  return { ...report, findings: report.findings.filter(({ id }) => id.startsWith("block.")) };
}

/** With some bytes in place of those at an offset. */
function changed(file: Buffer, at: number, ...bytes: readonly number[]): Buffer {
  return Buffer.concat([file.subarray(0, at), Buffer.from(bytes), file.subarray(at + bytes.length)]);
}

describe("crc32c", () => {
  it.each([
    ["", 0],
    ["123456789", 0xe3069283],
  ])("of %j is that of RFC 3720", (text, sum) => {
    expect(crc32c(Buffer.from(text))).toBe(sum);
  });
});

describe("block.header", () => {
  it("has nothing against files that begin and end as they should", async () => {
    const { findings, summary } = await audit({}, 1);

    expect(findings).toEqual([]);
    expect(summary.requests.get).toBe(40 + 40 * 3);
  });

  it.each([
    { what: "a chunk file of zeros", files: { "chunks/000001": Buffer.alloc(100) }, part: "magic" },
    { what: "a chunk file of another version", files: { "chunks/000001": changed(CHUNKS, 4, 2) }, part: "version" },
    { what: "an index of another version", files: { index: changed(INDEX, 4, 3) }, part: "version" },
    { what: "an index whose table is of zeros", files: { index: changed(INDEX, 5, ...Buffer.alloc(52)) }, part: "toc" },
    { what: "an index with one bit of its table turned", files: { index: changed(INDEX, 12, 1) }, part: "toc" },
  ])("tells $what", async ({ files, part }) => {
    const { findings } = await audit(files, 1);

    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      ...{ id: "block.header", severity: "critical", blocks: [ULID] },
      evidence: { wrongFiles: 1, files: [{ object: `${ULID}/${Object.keys(files)[0]}`, part }] },
    });
  });

  it("refuses a table that points behind itself, though its checksum is right", async () => {
    const table = changed(INDEX, 5, 0, 0, 0, 0, 0, 0, 0, 6);
    const sum = Buffer.alloc(4);
    sum.writeUInt32BE(crc32c(table.subarray(5, 53)));
    const { findings } = await audit({ index: changed(table, 53, ...sum) }, 1);
    expect(findings.map(({ id }) => id)).toEqual(["block.header"]);
  });

  it("leaves a file of a wrong size to the check of sizes", async () => {
    const { findings } = await audit({ index: INDEX.subarray(0, 20) }, 1);
    expect(findings.map(({ id }) => id)).toEqual(["block.size-mismatch"]);
  });

  it("looks into nothing unless it is asked to", async () => {
    const { findings, summary } = await audit({ index: Buffer.alloc(INDEX.length) }, 0);
    expect(findings).toEqual([]);
    expect(summary.requests.get).toBe(40);
  });

  it("looks into a share of the blocks, the same ones each time", async () => {
    const [first, second] = [await audit({}, 0.5), await audit({}, 0.5)];
    const sampled = (first.summary.requests.get - 40) / 3;

    expect(sampled).toBeGreaterThan(10);
    expect(sampled).toBeLessThan(30);
    expect(second.summary.requests).toEqual(first.summary.requests);
  });
});
