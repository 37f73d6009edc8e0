import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alertEvent } from "#alerts/cloud-event";
import { terminalLines } from "#alerts/terminal";
import { NOW, openedRecord } from "#test/packages/alerts/fakes";

describe("terminalLines", () => {
  it("tells what fires and what to do", () => {
    expect(terminalLines(alertEvent(openedRecord()))).toEqual([
      "WARNING upload.late prod-a: The stream missed its deadline of 09:15.",
      "  do: Look at the sidecar's log. See docs/runbook.md#uploadlate",
    ]);
  });

  it("tells in one line what is over", () => {
    const resolvedAt = new Date(Date.parse(NOW) + 180_000).toISOString();
    const record = { ...openedRecord({ labels: {} }), status: "resolved", resolvedAt, changedAt: resolvedAt } as const;
    expect(terminalLines(alertEvent(record))).toEqual([
      "RESOLVED upload.late after 3 m: The stream missed its deadline of 09:15.",
    ]);
  });

  it("lets no control character through, and no second line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (summary, remedy) => {
        const lines = terminalLines(
          alertEvent(openedRecord({ summary: `\u001b[2J${summary}`, remedy: `a\nb${remedy}` })),
        );
        expect(lines).toHaveLength(2);
        for (const line of lines) expect(line).toMatch(/^[^\p{Cc}]*$/u);
      }),
      { seed: 20261121 },
    );
  });
});
