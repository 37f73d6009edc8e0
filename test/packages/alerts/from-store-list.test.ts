import { describe, expect, it } from "vitest";
import { massRemovalRefused } from "#alerts/from-store-list";

describe("massRemovalRefused", () => {
  it("says how many would have gone, of how many, and how many may", () => {
    const alert = massRemovalRefused({ refused: ["a:1", "b:1"], limit: 1, kept: ["a:1", "b:1", "c:1"] });
    expect(alert).toMatchObject({ id: "stores.mass-removal-refused", severity: "critical", labels: {} });
    expect(alert.summary).toContain("2 of 3 endpoints");
    expect(alert.evidence).toEqual({ refused: ["a:1", "b:1"], limit: 1 });
  });
});
