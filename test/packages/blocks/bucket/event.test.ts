import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyWithin, parseBlockEvent } from "#blocks/bucket/event";
import { eventText, eventWith } from "#test/factories/events";

const ULID = "01M7VW2Y9CZ3WJ892NSEBPVSXH";

function fieldsOf(body: string): readonly string[] {
  const parsed = parseBlockEvent(body);
  return parsed.ok ? [] : parsed.problems.map(({ field }) => field);
}

describe("parseBlockEvent", () => {
  it.each([
    ["object-created", `${ULID}/meta.json`],
    ["object-deleted", `${ULID}/deletion-mark.json`],
  ] as const)("reads bucket and key of %s", (name, key) => {
    expect(parseBlockEvent(eventText(name))).toEqual({ ok: true, value: { bucket: "metrics-blocks", key } });
  });

  it.each([
    ["percent-encoded", "prod%20eu/x", "prod eu/x"],
    ["with a lone %", "100%/x", "100%/x"],
    ["of other letters", "größe/x", "größe/x"],
  ])("takes a key %s", (_, key, value) => {
    expect(parseBlockEvent(eventWith("object-created", { object: { key } }))).toMatchObject({ value: { key: value } });
  });

  it.each([
    ["no JSON", "{", ["(root)"]],
    ["no envelope", "null", ["(root)"]],
    ["no detail", "{}", ["detail"]],
    ["no bucket and no key", '{"detail":{}}', ["detail.bucket", "detail.object"]],
    ["an empty name", '{"detail":{"bucket":{"name":""},"object":{"key":"k"}}}', ["detail.bucket.name"]],
    ["a key of the wrong type", '{"detail":{"bucket":{"name":"b"},"object":{"key":[]}}}', ["detail.object.key"]],
  ])("refuses %s, naming the field", (_, body, fields) => {
    expect(fieldsOf(body)).toEqual(fields);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(typeof parseBlockEvent(body).ok).toBe("boolean");
      }),
      { seed: 20_261_121 },
    );
  });
});

describe("keyWithin", () => {
  it.each([
    ["s3://blocks", "blocks", "a/meta.json", "a/meta.json"],
    ["s3://blocks/", "blocks", "a/meta.json", "a/meta.json"],
    ["s3://blocks/prod", "blocks", "prod/a/meta.json", "a/meta.json"],
    ["s3://blocks/prod/", "blocks", "prod/a/meta.json", "a/meta.json"],
    ["s3://blocks/prod//eu", "blocks", "prod/eu/a/meta.json", "a/meta.json"],
    ["s3://blocks/prod", "blocks", "production/a/meta.json", undefined],
    ["s3://blocks/prod", "blocks", "a/meta.json", undefined],
    ["s3://blocks", "blocks-eu", "a/meta.json", undefined],
    ["/var/blocks", "/var/blocks", "a/meta.json", "a/meta.json"],
    ["/var/blocks", "blocks", "a/meta.json", undefined],
  ])("of %s, for %s %s, is %s", (url, bucket, key, within) => {
    expect(keyWithin(url, { bucket, key })).toBe(within);
  });
});
