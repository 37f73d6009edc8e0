import { describe, expect, it } from "vitest";
import type { Bucket } from "#blocks/bucket/bucket";
import { bucketMessage } from "#blocks/bucket/bucket-message";
import { blocksOf, indexPlace, loadIndex } from "#blocks/index/load";
import { readBucket } from "#blocks/read-bucket";
import { TerminalError } from "#fleet/errors";
import { listOne } from "#functions/list-bucket";
import type { Ports } from "#functions/ports";
import { bucketOfRecording } from "#local/recorded-bucket";
import { lambdaContext, sqsEvent } from "#test/factories/sqs";
import { auditing, FIRST, SECOND } from "#test/functions/auditing";

const LISTS = ["enqueue-listings", "list-bucket"] as const;
const listed = (ports: Ports, url: string) => loadIndex(indexPlace(ports.indexes, url));

/** Runs it as Lambda does, on a message about this bucket that comes again and again. */
async function deliver(ports: Ports, url: string, remainingMs = 900_000): Promise<unknown> {
  const body = bucketMessage({ url, because: "test" });
  return listOne(ports)(sqsEvent("listings.fifo", [{ id: "m", body, group: url }]), lambdaContext(remainingMs));
}

describe("the listing of a bucket", () => {
  it("reads every bucket into its index, which is judged at once", async () => {
    const { settle, ports, objects, firingOf } = await auditing({ only: [...LISTS, "audit-bucket"] });
    await settle();

    for (const url of [FIRST, SECOND]) {
      const { blocks } = await readBucket({ bucket: bucketOfRecording(objects, { url }) });
      expect(blocksOf(await listed(ports, url))).toEqual(blocks);
      expect(await firingOf(url)).toContain("compactor.will-halt");
    }
  });

  it("is of what is new every half hour, and of everything every six hours, which tells what no event had told of", async () => {
    const { settle, later, saying, objects, ports } = await auditing({ only: LISTS });
    await settle();
    expect(saying(/"bucket listed".*"end":"full"/)).toHaveLength(2);
    objects.length = 0;
    for (let run = 1; run < 12; run += 1) await later(30);

    expect(saying(/"bucket listed".*"end":"tail"/)).toHaveLength(2 * 11);
    expect(blocksOf(await listed(ports, FIRST)).length).toBeGreaterThan(0);
    await later(30);
    expect(saying(/"end":"full".*"missedEvents":[1-9]/)).toHaveLength(2);
    expect(blocksOf(await listed(ports, FIRST))).toEqual([]);
  });

  it("that fails is an alert about us, tried again by the next schedule, and holds up no other", async () => {
    const { settle, later, blind, firingOf, ports, runtime, saying } = await auditing();
    await settle();
    const before = await firingOf(SECOND);
    blind.add(SECOND);
    for (let run = 0; run < 4; run += 1) await later(30);

    expect(await firingOf(SECOND)).toEqual(before);
    expect(before.length).toBeGreaterThan(0);
    expect(saying(/"bucket listed".*s3:\/\/first/)).toHaveLength(5);
    const [alert, ...more] = await ports.alertStates.firing(`listing:${SECOND}`);
    expect(alert?.alert).toMatchObject({
      labels: { what: SECOND },
      evidence: { error: "S3 answers 503 SlowDown" },
      remedy: "Wait; ask for less.",
    });
    expect(more).toEqual([]);
    expect(runtime.messages("listings.fifo")).toEqual([]);
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("resolves that alert once it reaches its end", async () => {
    const { settle, later, blind, firing, published } = await auditing();
    blind.add(SECOND);
    await settle();
    expect(await firing()).toContain("musterbook.listing-failed");
    blind.clear();
    await later(30);

    expect(await firing()).not.toContain("musterbook.listing-failed");
    expect(published).toContain("musterbook.listing-failed resolved");
  });

  it("tells of a bucket that cannot even be opened", async () => {
    const bad = new TerminalError("cannot read the bucket URL", { remedy: "Write s3://bucket." });
    const { settle, firing, firingOf } = await auditing({
      through: (bucket) => {
        if (bucket.url === FIRST) throw bad;
        return bucket;
      },
    });
    await settle();

    expect(await firing()).toContain("musterbook.listing-failed");
    expect(await firingOf(SECOND)).toContain("compactor.will-halt");
  });

  it("of one bucket does not wait for that of another", async () => {
    const never = Promise.withResolvers<never>();
    const { runtime, ports } = await auditing({
      only: LISTS,
      through: (bucket) => (bucket.url === FIRST ? { ...bucket, list: () => hanging(never.promise) } : bucket),
    });
    const run = runtime.runUntilIdle({ concurrency: 2 });
    await expect.poll(async () => blocksOf(await listed(ports, SECOND)).length).toBeGreaterThan(0);

    expect((await listed(ports, FIRST)).root).toMatchObject({ fullAt: null, progress: { after: "" } });
    never.reject(new Error("the test is over"));
    await run;
  });

  it("puts aside a message that nobody can read, with the reason", async () => {
    const { runtime, settle } = await auditing({ only: ["list-bucket"] });
    await runtime.queues.send("listings.fifo", { body: "list them all", groupId: "g", dedupId: "d" });
    await settle();

    expect(runtime.deadLetters()).toMatchObject([
      { queue: "listings-dlq.fifo", reason: expect.stringContaining("send JSON") },
    ]);
  });
});

async function* hanging(until: Promise<never>): AsyncGenerator<never> {
  yield await until;
}

describe("a full listing that takes several invocations", () => {
  const PAGES = 17;
  /** Four minutes a page: there is time for three of them, or four. */
  const PAGE_MS = 4 * 60_000;

  async function listing({ only = ["list-bucket"] }: Pick<Parameters<typeof auditing>[0] & object, "only"> = {}) {
    const begun = Promise.withResolvers<(ms: number) => void>();
    const world = await auditing({
      only,
      through: (bucket) => (bucket.url === FIRST ? slow(bucket, begun.promise) : bucket),
    });
    begun.resolve(world.clock.advance);
    const enqueue = (times: number) =>
      Promise.all(
        Array.from({ length: times }, (_, time) =>
          world.runtime.queues.send("listings.fifo", {
            body: bucketMessage({ url: FIRST, because: "schedule" }),
            groupId: FIRST,
            dedupId: `test-${time}`,
          }),
        ),
      );
    const ends = () => world.saying(/"bucket listed"/).map((line) => /"end":"(\w+)"/.exec(line)?.[1]);
    return { ...world, enqueue, ends };
  }

  const slow = (bucket: Bucket, advance: Promise<(ms: number) => void>): Bucket => ({
    ...bucket,
    list: async function* (options) {
      const pages = await Array.fromAsync(bucket.list(options));
      const [all, whole] = [pages.flat(), await Array.fromAsync(bucket.list())];
      const size = Math.ceil(whole.flat().length / PAGES);
      for (let at = 0; at < all.length; at += size) {
        (await advance)(PAGE_MS);
        yield all.slice(at, at + size);
      }
    },
  });

  it("goes on by itself until it reaches its end, and is judged then and not before", async () => {
    const { settle, enqueue, ends, ports, objects, firingOf, runtime } = await listing({
      only: ["list-bucket", "audit-bucket"],
    });
    await enqueue(1);
    while (!ends().includes("full")) {
      expect(await firingOf(FIRST)).toEqual([]);
      await runtime.step();
    }
    await settle();

    expect(ends()).toEqual(["stopped", "stopped", "stopped", "stopped", "full"]);
    const { blocks } = await readBucket({ bucket: bucketOfRecording(objects, { url: FIRST }) });
    expect(blocksOf(await listed(ports, FIRST))).toEqual(blocks);
    expect(await firingOf(FIRST)).toContain("compactor.will-halt");
    expect(runtime.messages("listings.fifo")).toEqual([]);
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("is no longer for a schedule that comes meanwhile, whose turns end with it", async () => {
    const { settle, enqueue, ends, runtime } = await listing();
    await enqueue(4);
    await settle();

    expect(ends().filter((end) => end === "stopped")).toHaveLength(4);
    expect(ends().filter((end) => end === "full")).toHaveLength(1);
    expect(runtime.messages("listings.fifo")).toEqual([]);
  });

  it("is given up after two invocations that were killed, for the next schedule to go on where the last one stopped", async () => {
    const { settle, later, enqueue, ends, ports, runtime } = await listing();
    const { write } = ports.indexes;
    await enqueue(1);
    await runtime.step();
    const reached = (await listed(ports, FIRST)).root.progress;
    Object.assign(ports.indexes, { write: () => Promise.reject(new Error("Task timed out")) });
    ports.alertStates.put = () => Promise.reject(new Error("Task timed out"));
    for (let receive = 0; receive < 3; receive += 1) await later(17);

    expect(runtime.deadLetters()).toMatchObject([{ queue: "listings-dlq.fifo", groupId: FIRST }]);
    expect(reached?.after).toMatch(/\w/);
    expect((await listed(ports, FIRST)).root.progress).toEqual(reached);
    Object.assign(ports.indexes, { write });
    await enqueue(1);
    await settle();
    expect(ends().at(-1)).toBe("full");
  });

  it("counts each block once, however often each of its messages comes", async () => {
    const plain = await auditing({ only: LISTS });
    const twice = await listing();
    for (const { ports, objects, clock } of [plain, twice]) {
      await listOne(ports)(event(FIRST), lambdaContext(900_000));
      while ((await listed(ports, FIRST)).root.fullAt === null) await deliver(ports, FIRST);
      clock.advance(360 * 60_000);
      objects.splice(0, Math.floor(objects.length / 2));
    }
    await deliver(plain.ports, FIRST);
    let runs = 0;
    while ((await listed(twice.ports, FIRST)).root.missed === null) {
      await Promise.all([deliver(twice.ports, FIRST), deliver(twice.ports, FIRST)]);
      runs += 1;
    }

    expect(runs).toBeGreaterThan(1);
    const [{ root }, { root: other }] = [await listed(plain.ports, FIRST), await listed(twice.ports, FIRST)];
    expect(root.missed).toBeGreaterThan(0);
    expect(other).toMatchObject({ missed: root.missed, beside: root.beside });
    expect(blocksOf(await listed(twice.ports, FIRST))).toEqual(blocksOf(await listed(plain.ports, FIRST)));
  });
});

const event = (url: string) =>
  sqsEvent("listings.fifo", [{ id: "m", body: bucketMessage({ url, because: "test" }), group: url }]);
