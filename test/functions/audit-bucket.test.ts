import { describe, expect, it } from "vitest";
import { type ObjectStore, UNCHANGED } from "#blocks/bucket/bucket";
import { bucketMessage } from "#blocks/bucket/bucket-message";
import { indexBlocks } from "#blocks/index/index-block";
import { loadRoot, saveRoot } from "#blocks/index/root";
import { TerminalError } from "#fleet/errors";
import { auditBucket } from "#functions/audit-bucket";
import { listOne } from "#functions/list-bucket";
import { bucketOfRecording } from "#local/recorded-bucket";
import { brokenBucket, deployment } from "#test/factories/deployment";
import { lambdaContext, sqsEvent } from "#test/factories/sqs";
import { ALL, auditing, DENIED, FIRST, reading, recordedAt, SECOND, SETTINGS } from "#test/functions/auditing";

const JUDGES = ["enqueue-audits", "audit-bucket"] as const;

describe("the audit of a bucket", () => {
  it("raises the alerts of every bucket, once", async () => {
    const { settle, later, firingOf, published } = await auditing();
    await settle();
    const first = await firingOf(FIRST);
    const count = published.length;
    await later(5);

    expect(first).toContain("compactor.will-halt");
    expect(await firingOf(SECOND)).toEqual(first);
    expect(published).toHaveLength(count);
  });

  it("asks the bucket nothing", async () => {
    const { settle, later, firingOf, asked } = await auditing();
    await settle();
    const before = { ...asked };
    const found = await firingOf(FIRST);
    await later(5);

    expect(before.lists).toBeGreaterThan(0);
    expect(asked).toEqual(before);
    expect(await firingOf(FIRST)).toEqual(found);
  });

  it("keeps the index of the last one in memory, and sees all the same what an event wrote since", async () => {
    const { settle, ports, objects, firingOf } = await auditing();
    const sent: string[] = [];
    const indexes: ObjectStore = {
      ...ports.indexes,
      readUnless: async (key, version) => {
        const found = await ports.indexes.readUnless(key, version);
        if (key.endsWith(".bin")) sent.push(found === UNCHANGED ? "no shard" : "a shard");
        return found;
      },
    };
    const audit = auditBucket({ ...ports, indexes });
    const auditAll = async () => {
      sent.splice(0);
      for (const url of [FIRST, SECOND]) await audit(turnOf(url), lambdaContext());
    };
    await settle();
    await auditAll();
    const before = await firingOf(FIRST);
    await auditAll();
    expect(sent).toEqual(["no shard", "no shard"]);

    // The overlapping blocks are gone, and events tell of those of one bucket.
    const keys = objects.splice(0).flatMap(({ key }) => (key.endsWith("/meta.json") ? [key] : []));
    await indexBlocks({ bucket: bucketOfRecording([], { url: FIRST }), indexes, keys });
    await auditAll();
    expect(sent).toEqual(["a shard", "no shard"]);
    expect(before).toContain("compactor.will-halt");
    expect(await firingOf(FIRST)).not.toContain("compactor.will-halt");
    expect(await firingOf(SECOND)).toEqual(before);
  });

  it("says nothing of a bucket that was never listed to its end", async () => {
    const { settle, firing, saying, asked } = await auditing({ only: JUDGES });
    await settle();

    expect(await firing()).toEqual([]);
    expect(asked).toEqual({ lists: 0, gets: 0 });
    expect(saying("not complete yet")).toHaveLength(2);
  });

  it("opens, resolves and reopens a finding once each, and neither while the bucket cannot be listed", async () => {
    const [broken, healthy] = [await reading("overlap-same-labels"), await reading("healthy")];
    let there: typeof broken | undefined = broken;
    const world = deployment({
      only: ALL,
      config: { buckets: [{ url: FIRST, recordedAt, settings: SETTINGS }] },
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

  it("of one bucket goes on when what is found in another cannot be recorded, which is put aside with the reason", async () => {
    const { settle, firingOf, ports, runtime } = await auditing();
    const { put } = ports.alertStates;
    const full = new TerminalError("the record is too large", { remedy: "Shorten it.", reason: "too-large" });
    const refusing: typeof put = async (record, expected) => {
      if (record.source === `audit:${FIRST}`) throw full;
      return put(record, expected);
    };
    Object.assign(ports.alertStates, { put: refusing });
    await settle();

    expect(await firingOf(SECOND)).toContain("compactor.will-halt");
    const [letter] = runtime.deadLetters();
    expect(letter).toMatchObject({
      queue: "audits-dlq.fifo",
      groupId: FIRST,
      reason: expect.stringContaining("the record is too large"),
    });
  });

  it("of one bucket goes on when that of another kills its function", async () => {
    const { settle, later, firingOf, ports, runtime } = await auditing();
    const { read } = ports.indexes;
    await settle();
    const found = await firingOf(SECOND);
    const [stored] = await ports.alertStates.firing(`audit:${SECOND}`);
    let audits = 0;
    Object.assign(ports.indexes, {
      read: async (key: string) => {
        if (!key.includes("s3-first")) return read(key);
        audits += 1;
        throw new Error("Runtime exited with error: signal: killed");
      },
    });
    for (let minute = 0; minute < 30; minute += 1) await later(1);

    expect(audits).toBeGreaterThan(5);
    expect(await firingOf(SECOND)).toEqual(found);
    expect(stored).toBeDefined();
    // What waits is one audit, and not one for every five minutes.
    expect(runtime.messages("audits.fifo").length).toBeLessThan(3);
    expect(new Set(runtime.deadLetters().map(({ groupId }) => groupId))).toEqual(new Set([FIRST]));
  });

  it("puts aside a message that nobody can read, with the reason", async () => {
    const { runtime, settle } = await auditing({ only: ["audit-bucket"] });
    const poison = { body: "{", groupId: "g", dedupId: "d" };
    await runtime.queues.send("audits.fifo", poison);
    await runtime.queues.send("audits.fifo", {
      ...poison,
      body: bucketMessage({ url: "", because: "" }),
      dedupId: "e",
    });
    await settle();

    expect(runtime.deadLetters()).toMatchObject([
      { queue: "audits-dlq.fifo", reason: expect.stringContaining("send JSON") },
      { queue: "audits-dlq.fifo", reason: expect.stringContaining("give the URL of a bucket") },
    ]);
  });

  it("passes over a bucket that has left the configuration while its message waited", async () => {
    const { ports, firing, saying } = await auditing({ only: [] });
    const answer = await auditBucket(ports)(turnOf("s3://gone"), lambdaContext());

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(await firing()).toEqual([]);
    expect(saying("audited no more")).toHaveLength(1);
  });
});

const listingTurnOf = (url: string) =>
  sqsEvent("listings.fifo", [{ id: "m", body: bucketMessage({ url, because: "test" }), group: url }]);

const turnOf = (url: string) =>
  sqsEvent("audits.fifo", [{ id: "m", body: bucketMessage({ url, because: "test" }), group: url }]);

describe("our own blindness", () => {
  it("is spoken of once no listing has reached its end for two hours, and what was said before stands", async () => {
    const { settle, later, firing, firingOf, ports, published } = await auditing();
    await settle();
    const before = await firingOf(FIRST);
    // Listings are asked for, and none of them ever runs.
    const { send } = ports.queues;
    const without: typeof send = async (queue, message) =>
      queue === "listings.fifo" ? undefined : send(queue, message);
    Object.assign(ports.queues, { send: without });
    await later(115);
    expect(await firing()).not.toContain("musterbook.listing-failed");
    await later(10);
    await later(5);

    expect(await firing()).toContain("musterbook.listing-failed");
    expect(await firingOf(FIRST)).toEqual(before);
    expect((await ports.alertStates.firing(`listing:${FIRST}`))[0]?.alert.evidence).toEqual({
      error: expect.stringContaining("the last listing of s3://first that reached its end began at"),
    });
    Object.assign(ports.queues, { send });
    await later(30);
    expect(await firing()).not.toContain("musterbook.listing-failed");
    expect(published.filter((line) => line.startsWith("musterbook.listing-failed"))).toEqual([
      ...["opened", "opened"].map((transition) => `musterbook.listing-failed ${transition}`),
      ...["resolved", "resolved"].map((transition) => `musterbook.listing-failed ${transition}`),
    ]);
  });

  it("is spoken of once a first listing has not reached its end for two hours, until it does", async () => {
    const { settle, later, firing, ports, published } = await auditing({ only: [...ALL] });
    // Whoever lists is killed, each time: it has no memory for what it finds.
    const { write } = ports.indexes;
    const killed: typeof write = (key, ...rest) =>
      key.endsWith(".bin")
        ? Promise.reject(new Error("Runtime exited with error: signal: killed"))
        : write(key, ...rest);
    const { put } = ports.alertStates;
    const silent: typeof put = (record, ...rest) =>
      JSON.stringify(record).includes("signal: killed") ? Promise.reject(new Error("killed")) : put(record, ...rest);
    Object.assign(ports.indexes, { write: killed });
    Object.assign(ports.alertStates, { put: silent });
    await settle();
    for (let minutes = 0; minutes < 120; minutes += 5) await later(5);
    expect(await firing()).toEqual([]);
    for (let minutes = 0; minutes < 15; minutes += 5) await later(5);

    expect(await firing()).toEqual(["musterbook.listing-failed", "musterbook.listing-failed"]);
    expect((await ports.alertStates.firing(`listing:${FIRST}`))[0]?.alert).toMatchObject({
      evidence: { error: expect.stringMatching(/a listing of all of s3:\/\/first began at .*Z and has not reached/) },
      remedy: expect.stringContaining("more memory"),
    });
    Object.assign(ports.indexes, { write });
    Object.assign(ports.alertStates, { put });
    for (let minutes = 0; minutes < 35; minutes += 5) await later(5);
    expect(await firing()).not.toContain("musterbook.listing-failed");
    expect(published.filter((line) => line === "musterbook.listing-failed resolved")).toHaveLength(2);
  });

  it("is spoken of where an index is larger than there is memory for, with the setting, until that is raised", async () => {
    const { settle, later, firing, firingOf, ports, runtime } = await auditing();
    await settle();
    const before = await firingOf(FIRST);
    const { root, version } = await loadRoot(ports.indexes, FIRST);
    await saveRoot(ports.indexes, FIRST, { root: { ...root, blocks: 1_000_000 }, version });
    await later(5);
    await later(30);

    expect((await ports.alertStates.firing(`listing:${FIRST}`)).map(({ alert }) => alert)).toMatchObject([
      {
        evidence: { error: expect.stringContaining("holds 1000000 blocks, and the functions") },
        remedy: expect.stringMatching(/Write \d+ or more as audit.memoryMb into fleet.config.ts/),
      },
    ]);
    expect(await firingOf(FIRST)).toEqual(before);
    expect(runtime.deadLetters()).toEqual([]);
    const raised = { ...ports, config: { ...ports.config, audit: { memoryMb: 10_240 } } };
    await listOne(raised)(listingTurnOf(FIRST), lambdaContext(900_000));
    await auditBucket(raised)(turnOf(FIRST), lambdaContext());
    expect(await firing()).not.toContain("musterbook.listing-failed");
    expect((await loadRoot(ports.indexes, FIRST)).root.blocks).toBe(root.blocks);
  });

  it("is spoken of beside what is found, once tails alone have been listed for a day", async () => {
    const hour = 3_600_000;
    const { settle, later, firingOf, ports, clock } = await auditing({ only: [...ALL] });
    await settle();
    const before = await firingOf(FIRST);
    const { root } = await loadRoot(ports.indexes, FIRST);
    const tailsOnly = async () => {
      const { version } = await loadRoot(ports.indexes, FIRST);
      const listedAt = clock.now().getTime();
      await saveRoot(ports.indexes, FIRST, { root: { ...root, listedAt }, version });
    };
    const { send } = ports.queues;
    const without: typeof send = async (queue, message) =>
      queue === "listings.fifo" ? undefined : send(queue, message);
    Object.assign(ports.queues, { send: without });
    clock.advance(24 * hour);
    await tailsOnly();
    await settle();
    expect(await firingOf(FIRST)).toEqual(before);
    await later(5);
    expect(await firingOf(FIRST)).toEqual([...before, "musterbook.listing-failed"].toSorted());
    Object.assign(ports.queues, { send });
    await later(30);
    expect(await firingOf(FIRST)).toEqual(before);
  });

  it("keeps the error of the listing that failed", async () => {
    const { settle, later, blind, ports, published } = await auditing();
    await settle();
    blind.add(FIRST);
    for (let hour = 0; hour < 4; hour += 1) await later(60);

    expect((await ports.alertStates.firing(`listing:${FIRST}`)).map(({ alert }) => alert.evidence)).toEqual([
      { error: "S3 answers 503 SlowDown" },
    ]);
    expect(published.filter((line) => line.startsWith("musterbook.listing-failed"))).toHaveLength(1);
  });
});

describe("a bucket that was just put into the configuration", () => {
  it("is listed when it is first to be judged, and asked for once", async () => {
    const { settle, later, firingOf, saying, runtime } = await auditing({
      only: ["list-bucket", "enqueue-audits", "audit-bucket"],
    });
    await settle();
    for (let minutes = 0; minutes < 15; minutes += 5) await later(5);

    expect(saying(/"bucket listed"/)).toHaveLength(2);
    expect(await firingOf(FIRST)).toContain("compactor.will-halt");
    expect(runtime.messages("listings.fifo")).toEqual([]);
  });

  it("has no more than one message waiting for that", async () => {
    const { settle, later, runtime } = await auditing({ only: JUDGES });
    await settle();
    await later(4);

    expect(runtime.messages("listings.fifo")).toHaveLength(2);
  });
});

describe("a bucket that has left the configuration", () => {
  it("has what was said of it resolved, and no other has", async () => {
    const { settle, later, firingOf, firing, blind, ports } = await auditing();
    await settle();
    const before = await firingOf(FIRST);
    blind.add(SECOND);
    await later(30);
    expect(await firing()).toContain("musterbook.listing-failed");
    Object.assign(ports, { config: { ...ports.config, buckets: ports.config.buckets.slice(0, 1) } });
    await later(5);

    expect(await firingOf(SECOND)).toEqual([]);
    expect(await firing()).toEqual(before);
  });

  it("is asked for no more: without buckets nothing is", async () => {
    const { settle, firing, runtime } = deployment({ only: ALL });
    await settle();

    expect(await firing()).toEqual([]);
    expect(runtime.messages("audits.fifo")).toEqual([]);
  });
});
