import { describe, expect, it } from "vitest";
import { clusterExpiry, expiryAfter, isExpired } from "#fleet/expiry";
import { clusterRecord } from "#test/contracts/registry";

const AT = "2026-01-01T10:00:00Z";
const SECONDS = Date.UTC(2026, 3, 1, 10) / 1000;

describe("expiryAfter", () => {
  it("is 90 days later, in whole seconds, never too early", () => {
    expect(expiryAfter(AT)).toBe(SECONDS);
    expect(expiryAfter("2026-01-01T10:00:00.001Z")).toBe(SECONDS + 1);
  });
});

describe("clusterExpiry", () => {
  it("is set for a cluster that is removed and off the list", () => {
    const endpoint = { address: "demo:1", state: "removed", confirmedByEks: true, since: AT } as const;
    expect(clusterExpiry(clusterRecord("demo", { phase: "removed", updatedAt: AT }))).toBe(SECONDS);
    expect(clusterExpiry(clusterRecord("demo", { phase: "removed", updatedAt: AT, endpoint }))).toBe(SECONDS);
  });

  it.each(["waiting", "present", "failed", "observed"] as const)("is not set for one that is %s", (phase) => {
    expect(clusterExpiry(clusterRecord("demo", { phase, updatedAt: AT }))).toBeUndefined();
  });
});

describe("isExpired", () => {
  it("holds from the very second on, and never without an expiry", () => {
    expect(isExpired(SECONDS, new Date(SECONDS * 1000 - 1))).toBe(false);
    expect(isExpired(SECONDS, new Date(SECONDS * 1000))).toBe(true);
    expect(isExpired(undefined, new Date("9999-12-31T00:00:00Z"))).toBe(false);
  });
});
