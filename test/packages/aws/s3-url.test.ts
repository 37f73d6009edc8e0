import { describe, expect, it } from "vitest";
import { parseS3Url } from "#aws/s3-url";

describe("parseS3Url", () => {
  it.each([
    ["s3://metrics-blocks", "metrics-blocks", ""],
    ["s3://metrics-blocks/", "metrics-blocks", ""],
    ["s3://metrics-blocks/team", "metrics-blocks", "team/"],
    ["s3://metrics-blocks/team/eu/", "metrics-blocks", "team/eu/"],
    ["s3://metrics-blocks//team//", "metrics-blocks", "team/"],
    ["s3://My_Bucket/a b", "My_Bucket", "a b/"],
  ])("reads %s", (url, bucket, prefix) => {
    expect(parseS3Url(url)).toEqual({ url, bucket, prefix });
  });

  it.each([
    "metrics-blocks",
    "S3://metrics-blocks",
    "s3:/metrics-blocks",
    "s3://",
    "s3:///x",
    "s3://a",
    "s3://-ab",
    "s3://a b c",
  ])("refuses %j and says what to write", (url) => {
    expect(() => parseS3Url(url)).toThrow(
      expect.objectContaining({ field: "bucket", value: url, remedy: expect.stringContaining("s3://bucket/prefix") }),
    );
  });

  it.each([
    ["https://metrics-blocks.s3.eu-west-1.amazonaws.com/team", "s3://metrics-blocks/team"],
    ["https://metrics-blocks.s3.amazonaws.com", "s3://metrics-blocks"],
    ["https://s3.eu-west-1.amazonaws.com/metrics-blocks/team", "s3://metrics-blocks/team"],
  ])("suggests the URL that %s stands for", (url, meant) => {
    expect(() => parseS3Url(url)).toThrow(
      expect.objectContaining({ remedy: `Write s3://bucket or s3://bucket/prefix; here: ${meant}.` }),
    );
  });
});
