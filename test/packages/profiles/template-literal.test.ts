import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { templateLiteral } from "#profiles/template-literal";

const LITERAL = "{{ `{{` }}";

describe("templateLiteral", () => {
  it("leaves text without templates alone", () => {
    expect(templateLiteral("prod { } }} `x`")).toBe("prod { } }} `x`");
  });

  it("opens no action but the one that prints two braces", () => {
    const braces = fc.string({ unit: fc.constantFrom("{", "}", "`", "-", " ", "x", '"') });
    fc.assert(
      fc.property(braces, (text) => {
        const parts = templateLiteral(text).split(LITERAL);
        expect(parts.filter((part) => part.includes("{{"))).toEqual([]);
        expect(parts.join("{{")).toBe(text);
      }),
    );
  });
});
