import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "#cli/program";
import { materialise } from "#local/recorded-bucket";
import { expectedOf, type RecordedBucketName, recordingOf } from "#test/factories/recorded-bucket";
import { fakeCli } from "#test/fakes/cli";

const BUCKETS: readonly RecordedBucketName[] = ["healthy", "overlap-same-labels"];
/** A block of 48 h that was compacted to one of 14 d the day before. */
const COMPACTED = "01M74HPF4NMKP0CFMFNY9FRD1K";
const SUCCESSOR = "01M7S5FPEB39R0FXTKC3PHK5J9";

const scratch = await mkdtemp(join(tmpdir(), "musterbook-"));
beforeAll(async () => {
  for (const name of BUCKETS) await materialise(recordingOf(name), join(scratch, name));
});
afterAll(() => rm(scratch, { recursive: true }));

async function block(ulid: string, bucket: string, ...args: string[]) {
  const cli = fakeCli();
  const exitCode = await run(["block", ulid, join(scratch, bucket), ...args], cli);
  return { exitCode, out: cli.out(), err: cli.err() };
}

describe("musterbook block", () => {
  it("tells people where a block is from, what else holds its samples, what comes next and when it goes", async () => {
    const { exitCode, out, err } = await block(COMPACTED, "healthy");
    expect([exitCode, err]).toEqual([0, ""]);
    expect(out).toContain("Level 3: made by compactor, of the samples of 24 heads");
    expect(out).toMatch(/Parent 01M7087WDY5G893H0Q7Y57TYPR: deleted/);
    expect(out).toMatch(new RegExp(`${SUCCESSOR} +raw +24 of 24`));
    expect(out).toContain("Nothing: it is marked for deletion");
    expect(out).toMatch(/deletes it at\s+its first look after 2026-11-21 05:50 UTC/);
  });

  it("tells programs the same, with times in RFC 3339", async () => {
    const { out } = await block(COMPACTED.toLowerCase(), "healthy", "--output", "json");
    expect(JSON.parse(out)).toMatchObject({
      ...{ schemaVersion: 1, ulid: COMPACTED, level: 3, resolution: 0, maxTime: "2026-11-11T00:00:00.000Z" },
      thanos: { first: "0.36.0", last: "0.42.5" },
      compaction: { kind: "ignored" },
      deletion: {
        kind: "mark",
        details: "source of compacted block",
        deletedFrom: expect.stringMatching(/^2026-11-21T05:50/),
      },
    });
  });

  it("ends with 1 where the compactor halts at the group of the block", async () => {
    const [must] = (await expectedOf("overlap-same-labels")).must;
    const { exitCode, out } = await block(must?.ulids?.[0] ?? "", "overlap-same-labels");
    expect(exitCode).toBe(1);
    expect(out).toMatch(/CRITICAL: it halts: blocks of this group overlap/);
  });

  it("tells of another time", async () => {
    const { out } = await block(COMPACTED, "healthy", "--now", "2026-11-19T05:45:00Z");
    expect(out).toContain("Marks it for deletion at its next look");
  });

  it.each([
    ["01KAJ6Y7WRA9VT1TJMZZK7Q9N4", "healthy", /holds no block/],
    [COMPACTED, "missing", /does\s+not\s+exist/],
    ["no-ulid", "healthy", /Write a ULID/],
  ])("ends with 2 for %s in %s", async (ulid, bucket, reason) => {
    const { exitCode, out, err } = await block(ulid, bucket);
    expect([exitCode, out]).toEqual([2, ""]);
    expect(err).toMatch(reason);
  });
});
