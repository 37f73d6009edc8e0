import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { CLUSTERS, demoFleet, RECORDED } from "#cli/demo/fleet";
import { prepareWorld } from "#cli/demo/world";
import { openStage } from "#cli/stage/stage";
import { fixedClock } from "#fleet/clock";
import type { ClusterRecord } from "#fleet/record";
import { materialise } from "#local/recorded-bucket";
import { skippingClock } from "#local/skipping-clock";

/** A folder that goes with the test. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "musterbook-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

export interface StageGiven {
  /** Names of the demo's clusters that EKS has, active since before `now`. */
  readonly clusters?: readonly string[];
  readonly records?: readonly ClusterRecord[];
  /** Whether the demo's bucket is there to be audited. */
  readonly withBucket?: boolean;
  readonly now: Date;
}

/** The local stage as the demo makes it, in a folder of its own, in which nothing has happened yet. */
export async function localStage({
  clusters = [],
  records = [],
  withBucket = false,
  now,
}: StageGiven): Promise<string> {
  const folder = await scratchFolder();
  const bucket = join(folder, "buckets", RECORDED.name);
  if (withBucket) await materialise(RECORDED.path, bucket);
  const clock = skippingClock(fixedClock(new Date(now.getTime() - HOUR_MS)));
  const config = demoFleet({ bucket, slack: false });
  const stage = await openStage({ folder, config, clock, log: () => undefined, secrets: {}, path: "" });
  await prepareWorld(stage);
  for (const { ref, given } of CLUSTERS) if (clusters.includes(ref.name)) stage.eks.create(ref, given);
  for (const record of records) await stage.ports.registry.put(record, 0);
  await stage.close();
  return folder;
}

const HOUR_MS = 3_600_000;

/** Path and digest of every file in a folder. */
export async function contentOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const digests = paths.sort().map(async (path) => {
    const digest = createHash("sha256").update(await readFile(path));
    return [path, digest.digest("hex")] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}
