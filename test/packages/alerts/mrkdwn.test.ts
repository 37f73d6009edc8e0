import { describe, expect, it } from "vitest";
import { markup, plainText } from "#alerts/mrkdwn";

describe("markup", () => {
  it("keeps its own markup and escapes every value", () => {
    expect(markup`*Do:* ${"<a> & <b>"}, ${"c"}`.text).toBe("*Do:* &lt;a&gt; &amp; &lt;b&gt;, c");
  });

  it("cuts values so that the whole fits, never within an escape", () => {
    expect(markup`*Do:* ${"<<<<<<<<<<"}`.cut(20).text).toBe("*Do:* &lt;&lt;...");
  });

  it("stays cut when it is cut again", () => {
    expect(markup`${"abcdefghij"}`.cut(6).cut(100).text).toBe("abc...");
  });
});

describe("plainText", () => {
  it("is one escaped line", () => {
    expect(plainText("a\n<b>", 50)).toBe("a &lt;b&gt;");
  });
});
