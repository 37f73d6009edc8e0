import { describe, expect, it } from "vitest";
import { checkMessage, messagingId, withoutRefused } from "#fleet/message-limits";

const LONGEST_ARN = `arn:aws-us-gov:eks:us-gov-east-1:111122223333:cluster/${"x".repeat(100)}`;

describe("messagingId", () => {
  it.each(["arn:aws:eks:eu-west-1:111122223333:cluster/prod-a", "!~", "x".repeat(128)])("is %s itself", (text) => {
    expect(messagingId(text)).toBe(text);
  });

  it.each([LONGEST_ARN, "x".repeat(129), "", "two words", "Köln"])("is the SHA-256 of %j", (text) => {
    expect(messagingId(text)).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is the same for the same text, and another for another", () => {
    expect(messagingId(LONGEST_ARN)).toBe(messagingId(LONGEST_ARN));
    expect(messagingId(LONGEST_ARN)).not.toBe(messagingId(`${LONGEST_ARN}y`));
  });
});

describe("withoutRefused", () => {
  it("leaves a text that a queue takes", () => {
    const text = "a\u0000b\uffffc\ud83d";
    expect(withoutRefused(text)).toBe("a\ufffdb\ufffdc\ufffd");
    expect(() => checkMessage("work", { body: withoutRefused(text) })).not.toThrow();
  });
});

describe("checkMessage", () => {
  it.each(["AWS.reason", "amazon.x", "a..b", ".a", "x".repeat(257)])("refuses an attribute named %s", (name) => {
    expect(() => checkMessage("work", { body: "a", attributes: { [name]: "x" } })).toThrow(
      expect.objectContaining({ reason: "invalid-message", field: "attribute", value: name }),
    );
  });

  it.each(["AWSreason", "a.aws.b", "x".repeat(256)])("takes an attribute named %s", (name) => {
    expect(() => checkMessage("work", { body: "a", attributes: { [name]: "x" } })).not.toThrow();
  });

  it("names the character and not the text that it is in", () => {
    expect(() => checkMessage("work", { body: "secret\u001b" })).toThrow(
      expect.objectContaining({ reason: "invalid-message", field: "message", value: "U+001B" }),
    );
  });
});
