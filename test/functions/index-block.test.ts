import { describe, expect, it } from "vitest";
import { blocksOf, indexPlace, loadIndex } from "#blocks/index/load";
import { RetryableError } from "#fleet/errors";
import { bucketOfRecording, type RecordedObject } from "#local/recorded-bucket";
import { brokenBucket, deployment } from "#test/factories/deployment";
import { eventOf, eventText, eventWith } from "#test/factories/events";
import { metaOf } from "#test/packages/blocks/factory";

const ULID = "01M7VW2Y9CZ3WJ892NSEBPVSXH";
const URL = "s3://metrics-blocks";
const MIN = Date.parse("2026-11-20T04:00:00Z");

/** The block of the sample events. */
function block(): RecordedObject[] {
  const meta = JSON.stringify(metaOf({ min: MIN, max: MIN + 7_200_000, ulid: ULID }));
  const files = { "chunks/000001": "x".repeat(100), index: "x".repeat(50), "meta.json": meta };
  return Object.entries(files).map(([name, text]) => ({
    key: `${ULID}/${name}`,
    size: text.length,
    lastModified: MIN + 10_800_000,
    storageClass: "STANDARD",
    etag: "1",
    content: Buffer.from(text),
  }));
}

function indexing({ url = URL, objects = block() } = {}) {
  const world = deployment({
    only: ["index-block"],
    config: { buckets: [{ url }] },
    ports: { bucket: ({ url: of }) => bucketOfRecording(objects, { url: of }) },
  });
  const load = () => loadIndex(indexPlace(world.ports.indexes, url));
  const indexed = async () => blocksOf(await load()).map(({ ulid }) => ulid);
  const versions = async () => (await load()).shards.map(({ version }) => version);
  return { ...world, indexed, versions };
}

describe("index-block", () => {
  it("reads the block of an event anew", async () => {
    const { runtime, settle, indexed } = indexing();

    expect(await runtime.serviceEvent(eventOf("object-created"))).toEqual(["block-events"]);
    await settle();

    expect(await indexed()).toEqual([ULID]);
  });

  it("comes to the same index when the event is delivered again", async () => {
    const { settle, indexed, sendAll, versions, runtime } = indexing();
    await sendAll(
      "block-events",
      Array.from({ length: 12 }, () => eventText("object-created")),
    );
    await settle();
    const before = await versions();
    await sendAll("block-events", [eventText("object-created")]);
    await settle();

    expect(await indexed()).toEqual([ULID]);
    expect(await versions()).toEqual(before);
    expect(runtime.deadLetters()).toEqual([]);
  });

  it("forgets a block that is gone", async () => {
    const objects = block();
    const { settle, indexed, sendAll } = indexing({ objects });
    await sendAll("block-events", [eventText("object-created")]);
    await settle();
    objects.length = 0;
    await sendAll("block-events", [eventText("object-deleted")]);
    await settle();

    expect(await indexed()).toEqual([]);
  });

  it.each([
    ["a bucket that is not audited", { bucket: { name: "somebody-elses" } }],
    ["an object beside the blocks", { object: { key: "debug/metas/meta.json" } }],
  ])("passes over %s", async (_, detail) => {
    const { settle, indexed, sendAll, runtime, bodies } = indexing();
    await sendAll("block-events", [eventWith("object-created", detail)]);
    await settle();

    expect([await indexed(), bodies("block-events"), runtime.deadLetters()]).toEqual([[], [], []]);
  });

  it("dead-letters what cannot be read, with the field, and stops nothing else", async () => {
    const { settle, indexed, sendAll, runtime } = indexing();
    const bad = eventWith("object-created", { object: { key: 7 } });
    await sendAll("block-events", [bad, eventText("object-created"), "{"]);
    await settle();

    expect(await indexed()).toEqual([ULID]);
    expect(runtime.deadLetters()).toEqual([
      expect.objectContaining({
        queue: "block-events-dlq",
        body: bad,
        reason: expect.stringMatching(/^event cannot be read: detail\.object\.key is 7: .*Mend the event/),
      }),
      expect.objectContaining({ body: "{", reason: expect.stringContaining("event cannot be read") }),
    ]);
  });

  it("hands an event back while the bucket does not answer", async () => {
    const error = new RetryableError("S3 is away", { remedy: "Wait." });
    const { runtime, sendAll, bodies } = deployment({
      only: ["index-block"],
      config: { buckets: [{ url: URL }] },
      ports: { bucket: ({ url }) => brokenBucket(url, error) },
    });
    await sendAll("block-events", [eventText("object-created")]);

    expect(await runtime.step()).toBe("failed");
    expect(bodies("block-events")).toHaveLength(1);
    expect(runtime.deadLetters()).toEqual([]);
  });
});
