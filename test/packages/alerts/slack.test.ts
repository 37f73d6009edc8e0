import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alertEvent } from "#alerts/cloud-event";
import { type SlackPayload, slackPayload } from "#alerts/slack";
import { nextRecord } from "#alerts/state";
import { type alertOf, NOW, openedRecord } from "#test/packages/alerts/fakes";

function payloadOf(change: Parameters<typeof alertOf>[0] = {}): SlackPayload {
  return slackPayload(alertEvent(openedRecord(change)));
}

function resolvedPayload(change: Parameters<typeof alertOf>[0] = {}): SlackPayload {
  const at = new Date(Date.parse(NOW) + 7_500_000);
  const record = nextRecord(openedRecord(change), { status: "resolved" }, at);
  if (record === "unchanged") throw new Error("expected a change");
  return slackPayload(alertEvent(record));
}

/** Every text of the message, with its limit. */
function textsOf({ text, blocks }: SlackPayload): readonly { readonly text: string; readonly max: number }[] {
  return [
    { text, max: 150 },
    ...blocks.flatMap((block) => {
      if (block.type === "context") return block.elements.map((element) => ({ text: element.text, max: 2_800 }));
      return [{ text: block.text.text, max: block.type === "header" ? 150 : 2_800 }];
    }),
  ];
}

describe("slackPayload", () => {
  it("says how bad, what, where, what follows and what to do", () => {
    const texts = textsOf(payloadOf({ evidence: { consequence: "The disk forgets blocks at 22:00." } }));
    expect(texts.map(({ text }) => text)).toEqual([
      "WARNING: upload.late on prod-a",
      "WARNING: upload.late on prod-a",
      "The stream missed its deadline of 09:15.",
      "*If nothing is done:* The disk forgets blocks at 22:00.",
      "*Do:* Look at the sidecar's log.",
      "cluster=prod-a, replica=0",
      "since 2026-11-21T10:00:00.000Z, runbook upload.late",
    ]);
  });

  it("says of a resolved alert that it is over, for how long it fired, and nothing to do", () => {
    const texts = textsOf(resolvedPayload()).map(({ text }) => text);
    expect(texts[0]).toBe("RESOLVED: upload.late on prod-a");
    expect(texts[2]).toBe(
      "Resolved after 2 h 5 m; nothing to do. It was warning: The stream missed its deadline of 09:15.",
    );
    expect(texts.join()).not.toContain("*Do:*");
  });

  it("says of an alert that has become less what it was", () => {
    const fallen = { ...openedRecord({ severity: "info" }), worst: "critical", transition: "updated" } as const;
    const resolved = nextRecord(fallen, { status: "resolved" }, new Date(Date.parse(NOW) + 60_000));
    const texts = [fallen, ...(resolved === "unchanged" ? [] : [resolved])].map((record) =>
      textsOf(slackPayload(alertEvent(record))).map(({ text }) => text),
    );
    expect(texts[0]?.[0]).toBe("INFO: upload.late on prod-a (updated, was critical)");
    expect(texts[1]?.[2]).toContain("It was info, at worst critical: ");
  });

  it("kills mentions, links and markup in foreign text", () => {
    const texts = textsOf(payloadOf({ summary: "<!channel> & <https://evil.example|click>" }));
    expect(texts[2]?.text).toBe("&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;");
  });

  it("shows ten labels and counts the rest", () => {
    const labels = Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`l${i}`, "v"]));
    expect(textsOf(payloadOf({ labels })).some(({ text }) => text.endsWith("l9=v and 3 more labels"))).toBe(true);
  });

  it("names what is about no cluster without one", () => {
    expect(payloadOf({ labels: {} }).text).toBe("WARNING: upload.late");
  });

  it("is valid JSON within Slack's limits, with nothing alive in it, whatever the alert holds", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "<!channel>",
        "<@U012AB3CD>",
        "&".repeat(5_000),
        "\u{1f6a8}".repeat(4_000),
        "\u202egnp.exe \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
        "\ud83d",
        "\u0000\u001b[31m",
        "x".repeat(100_000),
        "<".repeat(100_000),
        "\u0007".repeat(100_000),
        "",
        "\n\n",
      ),
    );
    const alert = fc.record({
      labels: fc.dictionary(hostile, hostile, { maxKeys: 12 }),
      summary: hostile,
      remedy: hostile,
      evidence: fc.record({ consequence: hostile }),
    });
    fc.assert(
      fc.property(alert, fc.boolean(), (change, resolved) => {
        const payload = resolved ? resolvedPayload(change) : payloadOf(change);
        const texts = textsOf(payload);
        expect(JSON.parse(JSON.stringify(payload))).toEqual(payload);
        expect(payload.blocks.length).toBeLessThanOrEqual(50);
        for (const { text, max } of texts) {
          expect(text.length).toBeLessThanOrEqual(max);
          expect(text.length).toBeGreaterThan(0);
          expect(text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
          expect(text.isWellFormed()).toBe(true);
        }
        expect(texts.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(12_000);
      }),
      { numRuns: 150, seed: 20261121 },
    );
  });
});
