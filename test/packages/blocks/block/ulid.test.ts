import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isUlid, packedTime, packTime, packUlid, ULID_PACKED, ulidTime } from "#blocks/block/ulid";
import { ulidAt } from "#test/packages/blocks/factory";

describe("isUlid", () => {
  it("takes what Thanos writes", () => {
    expect(isUlid("01M7WGP7RERE3QGV56284ZT01P")).toBe(true);
  });

  it.each([
    "01m7wgp7rere3qgv56284zt01p",
    "81M7WGP7RERE3QGV56284ZT01P",
    "01M7WGP7RERE3QGV56284ZT01",
    "01M7WGP7RERE3QGV56284ZT01PP",
    "01M7WGP7RERE3QGV56284ZT0IP",
    "debug",
    "",
  ])("refuses %j", (text) => {
    expect(isUlid(text)).toBe(false);
  });
});

describe("ulidTime", () => {
  it("gives the creation time of a real block", () => {
    expect(new Date(ulidTime("01M7WGP7RERE3QGV56284ZT01P")).toISOString()).toMatch(/^2026-11-20T13:00:/);
  });

  it("gives back any time of 48 bits", () => {
    fc.assert(fc.property(fc.nat(2 ** 31), fc.nat(60_000), (a, b) => ulidTime(ulidAt(a * b)) === a * b));
  });
});

describe("packTime", () => {
  it("writes what a packed ULID begins with", () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat().map((ms) => ms % 2 ** 48),
        (ms) => {
          const [whole, time] = [Buffer.alloc(ULID_PACKED), Buffer.alloc(ULID_PACKED)];
          packUlid(ulidAt(ms), whole, 0);
          packTime(ms, time, 0);
          expect(time.subarray(0, 6)).toEqual(whole.subarray(0, 6));
          expect(packedTime(time, 0)).toBe(ms);
        },
      ),
    );
  });

  it.each([-1, 2 ** 48, Number.NaN])("refuses %d", (ms) => {
    expect(() => packTime(ms, Buffer.alloc(ULID_PACKED), 0)).toThrow(RangeError);
  });
});
