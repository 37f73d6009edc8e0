import { describe, expect, it } from "vitest";
import { type Bucket, type ObjectStore, UNCHANGED } from "#blocks/bucket";
import { indexBlocks } from "#blocks/index-block";
import { RetryableError, TerminalError } from "#fleet/errors";
import { auditBuckets } from "#functions/audit-bucket";
import { bucketOfRecording, readRecording } from "#local/recorded-bucket";
import { contextOf } from "#local/runtime/lambda";
import { brokenBucket, deployment } from "#test/factories/deployment";
import { recordingOf } from "#test/factories/recorded-bucket";

const BROKEN = "s3://broken";
const SETTINGS = { replicaLabels: ["prometheus_replica"] };
const recordedAt = "2026-11-20T13:10:00Z";
const DENIED = new RetryableError("S3 answers 503 SlowDown", { remedy: "Wait; ask for less.", reason: "throttled" });

interface Auditing {
  readonly unreadable?: string;
  readonly only?: readonly ("audit-full" | "audit-tail" | "audit-bucket")[];
}

const reading = (name: Parameters<typeof recordingOf>[0]) => readRecording(recordingOf(name));

/** Two audited buckets; those whose URL is in `blind` cannot be listed, the `unreadable` one not even opened. */
async function auditing({ unreadable, only = ["audit-full"] }: Auditing = {}) {
  const objects = [...(await readRecording(recordingOf("overlap-same-labels")))];
  const blind = new Set<string>();
  const asked = { lists: 0, gets: 0 };
  const world = deployment({
    only,
    config: { buckets: ["s3://first", BROKEN].map((url) => ({ url, recordedAt, settings: SETTINGS })) },
    ports: {
      bucket: ({ url }) => {
        if (url === unreadable) throw new TerminalError("cannot read the bucket URL", { remedy: "Write s3://bucket." });
        return blind.has(url) ? brokenBucket(url, DENIED) : watched(bucketOfRecording(objects, { url }), asked);
      },
    },
  });
  const firingOf = async (url: string) =>
    (await world.ports.alertStates.firing(`audit:${url}`)).map(({ alert }) => alert.id).toSorted();
  const later = async (minutes: number) => {
    world.clock.advance(minutes * 60_000);
    await world.settle();
  };
  const nextTick = () => later(only.includes("audit-full") ? 360 : 5);
  return { ...world, objects, blind, asked, firingOf, later, nextTick };
}

/** A bucket that counts what it is asked. */
function watched(bucket: Bucket, asked: { lists: number; gets: number }): Bucket {
  return {
    ...bucket,
    list: (options) => {
      asked.lists += 1;
      return bucket.list(options);
    },
    get: (key, maxBytes) => {
      asked.gets += 1;
      return bucket.get(key, maxBytes);
    },
  };
}

describe("a full audit", () => {
  it("raises the alerts of every bucket, once", async () => {
    const { settle, nextTick, firingOf, published } = await auditing();
    await settle();
    const first = await firingOf("s3://first");
    const count = published.length;
    await nextTick();

    expect(first).toContain("compactor.will-halt");
    expect(await firingOf(BROKEN)).toEqual(first);
    expect(published).toHaveLength(count);
  });

  it("keeps what it said of a bucket that cannot be listed, says so, and judges the others", async () => {
    const { settle, nextTick, firing, firingOf, blind, ports, runtime, lines } = await auditing();
    await settle();
    const before = await firingOf(BROKEN);
    blind.add(BROKEN);
    await nextTick();

    expect(before.length).toBeGreaterThan(0);
    expect(await firingOf(BROKEN)).toEqual(before);
    expect(await firing()).toContain("musterbook.listing-failed");
    const [alert, ...more] = await ports.alertStates.firing(`listing:${BROKEN}`);
    expect(alert?.alert).toMatchObject({
      labels: { what: BROKEN },
      evidence: { error: "S3 answers 503 SlowDown" },
      remedy: "Wait; ask for less.",
    });
    expect(more).toEqual([]);
    expect(lines.some((line) => line.includes("bucket could not be judged"))).toBe(true);
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("judges the others when the URL of one is none of S3", async () => {
    const { settle, firing, firingOf } = await auditing({ unreadable: "s3://first" });
    await settle();

    expect(await firing()).toContain("musterbook.listing-failed");
    expect(await firingOf(BROKEN)).toContain("compactor.will-halt");
  });

  it("judges the others when what it says of one cannot be recorded, and fails then", async () => {
    const { settle, firingOf, ports, lines } = await auditing();
    const { put } = ports.alertStates;
    const full = new TerminalError("the record is too large", { remedy: "Shorten it.", reason: "too-large" });
    const refusing: typeof put = async (record, expected) => {
      if (record.source === "audit:s3://first") throw full;
      return put(record, expected);
    };
    Object.assign(ports.alertStates, { put: refusing });
    await settle();

    expect(await firingOf(BROKEN)).toContain("compactor.will-halt");
    expect(lines.some((line) => line.includes("the record is too large"))).toBe(true);
  });

  it("resolves the alert about itself once the bucket is listed again", async () => {
    const { settle, nextTick, firing, firingOf, blind, published } = await auditing();
    blind.add(BROKEN);
    await settle();
    expect(await firingOf(BROKEN)).toEqual([]);
    blind.clear();
    await nextTick();

    expect(await firing()).not.toContain("musterbook.listing-failed");
    expect(published).toContain("musterbook.listing-failed resolved");
    expect(await firingOf(BROKEN)).toContain("compactor.will-halt");
  });

  it("resolves what it said of a bucket that has left the configuration, and of no other", async () => {
    const { settle, nextTick, firingOf, firing, blind, ports } = await auditing();
    await settle();
    const before = await firingOf("s3://first");
    blind.add(BROKEN);
    await nextTick();
    Object.assign(ports, { config: { ...ports.config, buckets: ports.config.buckets.slice(0, 1) } });
    await nextTick();

    expect(await firingOf(BROKEN)).toEqual([]);
    expect(await firing()).toEqual(before);
  });

  it("opens, resolves and reopens a finding once each, and neither while the bucket cannot be listed", async () => {
    const [broken, healthy] = [await reading("overlap-same-labels"), await reading("healthy")];
    let there: typeof broken | undefined = broken;
    const world = deployment({
      only: ["audit-full"],
      config: { buckets: [{ url: BROKEN, recordedAt, settings: SETTINGS }] },
      ports: { bucket: ({ url }) => (there ? bucketOfRecording(there, { url }) : brokenBucket(url, DENIED)) },
    });
    for (const next of [broken, broken, undefined, healthy, healthy, undefined, broken, broken]) {
      there = next;
      await world.settle();
      world.clock.advance(360 * 60_000);
    }

    expect(world.published.filter((event) => event.startsWith("compactor.will-halt "))).toEqual([
      "compactor.will-halt opened",
      "compactor.will-halt resolved",
      "compactor.will-halt reopened",
    ]);
  });

  it("judges as of the end of its listing, lest it take back what a tick has said meanwhile", async () => {
    const objects = await reading("healthy");
    const world = deployment({
      only: ["audit-full"],
      config: { buckets: [{ url: BROKEN, settings: SETTINGS }] },
      ports: {
        bucket: ({ url }) => {
          const bucket = bucketOfRecording(objects, { url });
          const list: Bucket["list"] = (options) => {
            world.clock.advance(10 * 60_000);
            return bucket.list(options);
          };
          return { ...bucket, list };
        },
      },
    });
    // Five minutes before the deadline of every stream.
    world.clock.advance(Date.parse("2026-11-20T15:10:00Z") - world.clock.now().getTime());
    const context = contextOf({ name: "a", requestId: "b", remainingMs: () => 900_000 });
    await auditBuckets(world.ports)({ mode: "full" }, context);

    expect((await world.ports.alertStates.firing(`audit:${BROKEN}`)).map(({ alert }) => alert.id)).toContain(
      "upload.cluster-late",
    );
  });

  it("does nothing without buckets", async () => {
    const { settle, firing } = deployment({ only: ["audit-full", "audit-tail", "audit-bucket"] });
    await settle();

    expect(await firing()).toEqual([]);
  });
});

describe("a tick", () => {
  const only = ["audit-full", "audit-bucket"] as const;

  it("judges without asking the bucket anything", async () => {
    const { settle, later, firingOf, asked } = await auditing({ only });
    await settle();
    const before = { ...asked };
    const found = await firingOf("s3://first");
    await later(5);

    expect(before.lists).toBeGreaterThan(0);
    expect(asked).toEqual(before);
    expect(await firingOf("s3://first")).toEqual(found);
  });

  it("says nothing of a bucket that was never listed to its end", async () => {
    const { settle, firing, lines, asked } = await auditing({ only: ["audit-bucket"] });
    await settle();

    expect(await firing()).toEqual([]);
    expect(asked).toEqual({ lists: 0, gets: 0 });
    expect(lines.some((line) => line.includes("not complete yet"))).toBe(true);
  });

  it("speaks of our own blindness once the last listing is older than two hours, and leaves the rest as it was", async () => {
    const { settle, later, firing, firingOf, blind, published } = await auditing({ only });
    await settle();
    const before = await firingOf("s3://first");
    blind.add("s3://first").add(BROKEN);
    await later(115);
    expect(await firing()).not.toContain("musterbook.listing-failed");
    await later(10);

    expect(await firing()).toContain("musterbook.listing-failed");
    expect(await firingOf("s3://first")).toEqual(before);
    blind.clear();
    await later(360);
    expect(await firing()).not.toContain("musterbook.listing-failed");
    expect(published.filter((line) => line.startsWith("musterbook.listing-failed"))).toHaveLength(4);
  });

  it("keeps the index of the last one in memory, and sees all the same what an event wrote since", async () => {
    const { ports, objects, firingOf } = await auditing();
    const context = contextOf({ name: "a", requestId: "b", remainingMs: () => 900_000 });
    const sent: string[] = [];
    const indexes: ObjectStore = {
      ...ports.indexes,
      readUnless: async (key, version) => {
        const found = await ports.indexes.readUnless(key, version);
        sent.push(found === UNCHANGED ? "no shard" : "a shard");
        return found;
      },
    };
    const audit = auditBuckets({ ...ports, indexes });
    await audit({ mode: "full" }, context);
    await audit({ mode: "tick" }, context);
    const before = await firingOf("s3://first");
    sent.splice(0);
    await audit({ mode: "tick" }, context);
    expect(sent).toEqual(["no shard", "no shard"]);

    // The overlapping blocks are gone, and events tell of those of one bucket.
    const keys = objects.splice(0).flatMap(({ key }) => (key.endsWith("/meta.json") ? [key] : []));
    await indexBlocks({ bucket: bucketOfRecording([], { url: "s3://first" }), indexes, keys });
    sent.splice(0);
    await audit({ mode: "tick" }, context);
    expect(sent.toSorted()).toEqual(["a shard", "no shard"]);
    expect(before).toContain("compactor.will-halt");
    expect(await firingOf("s3://first")).not.toContain("compactor.will-halt");
    expect(await firingOf(BROKEN)).toEqual(before);
  });

  it("takes an input that it does not know for a tick", async () => {
    const { ports, asked } = await auditing({ only: ["audit-bucket"] });
    await auditBuckets(ports)(
      { mode: "everything" },
      contextOf({ name: "a", requestId: "b", remainingMs: () => 60_000 }),
    );

    expect(asked).toEqual({ lists: 0, gets: 0 });
  });
});

describe("an audit of the tail", () => {
  it("finds what is new between two full ones, and tells how many blocks no event had told of", async () => {
    const { settle, later, firingOf, objects, asked, lines } = await auditing({ only: ["audit-full", "audit-tail"] });
    await settle();
    const lists = asked.lists;
    expect(await firingOf("s3://first")).toContain("compactor.will-halt");
    objects.length = 0;
    await later(30);

    expect(asked.lists).toBeGreaterThan(lists);
    expect(lines.some((line) => /"bucket listed".*"mode":"tail"/.test(line))).toBe(true);
    await later(360);
    expect(await firingOf("s3://first")).not.toContain("compactor.will-halt");
    expect(lines.some((line) => /"mode":"full".*"missedEvents":[1-9]/.test(line))).toBe(true);
  });

  it("goes on with a full listing that ran out of time", async () => {
    const { ports, later, asked, lines } = await auditing({ only: ["audit-tail"] });
    const context = contextOf({ name: "a", requestId: "b", remainingMs: () => 0 });
    await auditBuckets(ports)({ mode: "full" }, context);
    expect(asked.lists).toBeGreaterThan(0);
    expect(lines.some((line) => line.includes("bucket listed"))).toBe(false);
    for (let run = 0; run < 5; run += 1) await later(30);

    expect(lines.some((line) => line.includes("bucket listed"))).toBe(true);
  });
});
