import { beforeAll, describe, expect, it } from "vitest";
import { auditBucket } from "#blocks/audit";
import type { Finding, FindingId } from "#blocks/finding";
import { directoryBucket } from "#local/directory-bucket";
import { settingsOf } from "#test/packages/blocks/factory";
import { objectsOf, plainHeads } from "#test/real/planner/random-buckets";
import { makeFolderBucket } from "#test/real/servers/block-bucket";
import { compactOnce, thanos } from "#test/real/servers/compactor";

const GIB = 2 ** 30;
const SETTINGS = settingsOf({ consistencyDelay: "0s" });
const NOW = Date.now();

/** A whole window of 8 h and two newer heads, with indexes of these sizes by their meta.json; Thanos goes by that, too. */
function heads(cluster: string, gibibytes: readonly number[], salt: string) {
  return plainHeads(gibibytes.length + 2, { now: NOW, rest: { labels: { cluster } } }).map((head, index) => {
    const ulid = `${head.ulid.slice(0, -1)}${salt}`;
    return { ...head, ulid, sources: [ulid], indexSize: (gibibytes[index] ?? 0) * GIB };
  });
}

/** The sum is beyond the limit at the third; after that at the fourth; two are left. */
const BEYOND = heads("beyond", [20, 19, 19, 30], "B");
const NEAR = heads("near", [12, 12, 12, 12], "N");

async function findingsIn(folder: string): Promise<readonly Finding[]> {
  return (await auditBucket({ bucket: directoryBucket(folder), settings: SETTINGS, now: new Date() })).findings;
}

function findingOf(findings: readonly Finding[], id: FindingId, cluster: string): Finding | undefined {
  return findings.find((finding) => finding.id === id && finding.labels.cluster === cluster);
}

describe("indexes that together are larger than one can be", () => {
  let before: readonly Finding[];
  let after: readonly Finding[];
  let made: string;

  beforeAll(async () => {
    const { folder, objstore } = await makeFolderBucket(objectsOf({ blocks: [...BEYOND, ...NEAR] }, NOW));
    before = await findingsIn(folder);
    expect(await compactOnce({ objstore })).toMatchObject({ exitCode: 0 });
    after = await findingsIn(folder);
    const template = "--output={{.Thanos.Labels.cluster}} of {{len .Compaction.Sources}} {{.Compaction.Level}}";
    const args = [`--objstore.config-file=${objstore}`, "--log.level=error", "--exclude-delete", template];
    made = (await thanos(["tools", "bucket", "ls", ...args])).text;
  }, 60_000);

  it("are foretold, with the block that the real compactor then marks first", () => {
    const finding = findingOf(before, "compactor.index-limit", "beyond");
    expect(finding).toMatchObject({ severity: "warning", evidence: { indexBytes: 88 * GIB, limitBytes: 64 * GIB } });
    expect(finding?.consequence).toContain(`up to the limit, ${BEYOND[0]?.ulid}`);

    const marked = findingOf(after, "compactor.no-compact-mark", "beyond");
    expect(marked).toMatchObject({ evidence: { reason: "index-size-exceeding" } });
    expect(marked?.blocks).toEqual([BEYOND[0]?.ulid, BEYOND[3]?.ulid]);
    expect(marked?.groupKey).toBe(finding?.groupKey);
    expect(made).toContain("beyond of 2 2");
  });

  it("are compacted into one below 85 %, as foretold", () => {
    const finding = findingOf(before, "compactor.index-limit", "near");
    expect(finding).toMatchObject({ severity: "warning", evidence: { indexBytes: 48 * GIB } });
    expect(finding?.consequence).toContain("They are still compacted into one");

    expect(findingOf(after, "compactor.no-compact-mark", "near")).toBeUndefined();
    expect(made).toContain("near of 4 2");
    expect(after.filter(({ id }) => id === "compactor.index-limit")).toEqual([]);
  });
});
