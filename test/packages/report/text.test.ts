import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { displayWidth, fullMoment, moment, size, withMoments, wrap } from "#report/text";

describe("displayWidth", () => {
  it.each([
    ["", 0],
    ["prod-a", 6],
    ["é", 1],
    ["e\u0301", 1],
    ["集群", 4],
    ["クラスタ", 8],
    ["Ａ", 2],
    ["🚢", 2],
    ["👩‍🚀", 2],
  ])("of %j is %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("wrap", () => {
  it("breaks at spaces within the width, indent included", () => {
    expect(wrap("one two three four", { width: 10, indent: "  " })).toEqual(["  one two", "  three", "  four"]);
  });

  it("leaves a word that is too long whole, on a line of its own", () => {
    expect(wrap("see https://example.com/a/long/url now", { width: 12 })).toEqual([
      "see",
      "https://example.com/a/long/url",
      "now",
    ]);
  });

  it("counts wide characters twice", () => {
    expect(wrap("集群 集群", { width: 8 })).toEqual(["集群", "集群"]);
  });

  it("keeps every word in order, and every line with two words within the width", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 5, max: 40 }), (parts, width) => {
        const lines = wrap(parts.join(" "), { width, indent: "  " });
        expect(lines.flatMap((line) => line.trim().split(" ")).filter(Boolean)).toEqual(parts);
        for (const line of lines) expect(line.length <= width || !line.trim().includes(" ")).toBe(true);
      }),
      { seed: 1 },
    );
  });
});

describe("size", () => {
  it.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [1024, "1.0 KiB"],
    [27_117_666, "25.9 MiB"],
    [1_048_575, "1.0 MiB"],
    [5 * 1024 ** 4, "5.0 TiB"],
  ])("of %i bytes is %s", (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });
});

describe("moment", () => {
  const now = "2026-11-20T13:10:00Z";

  it.each([
    ["2026-11-20T07:31:59Z", "07:31"],
    ["2026-11-18T05:33:00.000Z", "11-18 05:33"],
    ["2025-12-31T23:59:00Z", "2025-12-31 23:59"],
    ["2026-11-20T00:30:00+01:00", "11-19 23:30"],
  ])("of %s is %s", (instant, text) => {
    expect(moment(instant, now)).toBe(text);
  });

  it("is put into prose", () => {
    expect(withMoments("ends at 2026-11-20T04:00:00Z, not 2026-11-19T04:00:00.000Z", now)).toBe(
      "ends at 04:00, not 11-19 04:00",
    );
  });
});

describe("fullMoment", () => {
  it("names the zone", () => {
    expect(fullMoment("2026-11-20T13:10:00Z")).toBe("2026-11-20 13:10 UTC");
  });
});
