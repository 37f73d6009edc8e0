import { describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import { defaultAuditSettings } from "#config/audit-settings";
import { directoryBucket } from "#local/directory-bucket";
import { type BlockSpec, metaOf, ulidAt } from "#test/packages/blocks/factory";
import { type FolderBucket, makeFolderBucket } from "#test/real/servers/block-bucket";
import { compactOnce, groupKeyIn } from "#test/real/servers/compactor";

const MAX = Date.parse("2026-11-20T12:00:00Z");
const BLOCK = { min: MAX - 7_200_000, max: MAX };
const NOW = new Date(MAX + 2 * 7_200_000);

/** A bucket with two overlapping blocks. The compactor halts at their meta.json, before it wants their data. */
function overlapping(rest: Partial<BlockSpec>): Promise<FolderBucket> {
  const specs = ["A", "B"].map((salt) => ({ ...BLOCK, ...rest, ulid: ulidAt(MAX, salt) }));
  return makeFolderBucket(
    Object.fromEntries(specs.map((spec) => [`${spec.ulid}/meta.json`, JSON.stringify(metaOf(spec))])),
  );
}

const CASES: readonly Partial<BlockSpec>[] = [
  { labels: {} },
  { labels: { cluster: "prod-a", replica: "0" } },
  { labels: { z: "1", a: "2", Z: "3", _: "4" } },
  { labels: { cluster: "", region: "eu-west-1" } },
  { labels: { cluster: 'a "quoted"\nname\\', stadt: "Köln 🚢" } },
  { labels: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`label_${index}`, "x".repeat(index)])) },
  { labels: { cluster: "prod-a" }, resolution: 300_000 },
  { labels: { cluster: "prod-a" }, resolution: 3_600_000 },
];

describe("the group key that the audit names is the one that a real compactor logs", () => {
  it.each(CASES)("%j", async (rest) => {
    const { folder, objstore } = await overlapping(rest);
    const { findings } = await auditBucket({
      bucket: directoryBucket(folder),
      settings: defaultAuditSettings(),
      now: NOW,
    });
    const foretold = findings.find(({ id }) => id === "compactor.will-halt")?.groupKey;
    const { exitCode, text } = await compactOnce({ objstore });

    expect(exitCode).toBe(1);
    expect(foretold).toMatch(/^\d+@\d+$/);
    expect(groupKeyIn(text)).toBe(foretold);
  });
});
