import { describe, expect, it } from "vitest";
import { bucketOfRecording, type RecordedObject } from "#local/recorded-bucket";
import { deployment } from "#test/factories/deployment";
import { ALL } from "#test/functions/auditing";
import { blockObjects, headBlocks } from "#test/packages/blocks/factory";

const STREAMS = 500;
const HOUR = 3_600_000;

/** As many streams, each with a day of blocks until `until`. */
function fleet(until: string, count: number): readonly RecordedObject[] {
  const clusters = Array.from({ length: count }, (_, at) => ({ cluster: `prod-${at}`, replica: "0" }));
  return clusters.flatMap((labels) => headBlocks(Date.parse(until), 2, { labels }).flatMap(blockObjects));
}

/** The shipped audit and Slack, over a bucket that holds this at 2026-11-21T10:00:00Z. */
function auditing(objects: readonly RecordedObject[]) {
  const posts: string[] = [];
  const held = objects.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const world = deployment({
    only: [...ALL, "publish-alerts", "notify-slack"],
    config: { buckets: [{ url: "s3://blocks" }], alerts: { slackWebhookSecret: "slack" } },
    ports: {
      bucket: ({ url }) => bucketOfRecording(held, { url }),
      secret: async () => "https://hooks.slack.com/services/T/B/c",
      fetch: async (_, init) => {
        posts.push(String(init?.body));
        return new Response("ok");
      },
    },
  });
  return { ...world, posts };
}

describe("a large incident", () => {
  it("that is one cause is one alert: uploads stop everywhere", async () => {
    const { settle, published, posts } = auditing(fleet("2026-11-21T04:00:00Z", STREAMS));
    await settle();

    expect(published).toEqual(["upload.global opened"]);
    expect(posts).toHaveLength(1);
  });

  it("that is the same in every stream is an alert for each, and one post", async () => {
    const whole = fleet("2026-11-21T08:00:00Z", STREAMS);
    // A lifecycle rule has taken what was written before the last hours.
    const isGone = ({ key, lastModified }: RecordedObject) =>
      key.endsWith("/index") && lastModified < Date.parse("2026-11-21T10:00:00Z") - 2 * HOUR;
    const { settle, published, posts, bodies, runtime, clock } = auditing(whole.filter((one) => !isGone(one)));
    await settle();

    expect(published).toHaveLength(STREAMS);
    expect(new Set(published)).toEqual(new Set(["block.incomplete opened"]));
    expect(posts).toHaveLength(1);
    expect(posts[0]).toContain("500 alerts: 500 critical");
    expect([bodies("alerts-slack"), runtime.deadLetters()]).toEqual([[], []]);

    clock.advance(5 * 60_000);
    await settle();
    expect(published).toHaveLength(STREAMS);
    expect(posts).toHaveLength(1);
  });
});
