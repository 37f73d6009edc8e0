import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FINDING_IDS } from "#blocks/finding";
import { functions, queues, UNDELIVERED } from "#stacks/wiring";
import { sourceFiles } from "#test/architecture/source-files";

const runbook = readFileSync(new URL("../../docs/runbook.md", import.meta.url), "utf8");

/** What stands under each `###` heading. */
const sections = new Map(
  runbook
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [id = "", ...lines] = section.split("\n");
      return [id, lines.join("\n").split(/^## /m)[0] ?? ""] as const;
    }),
);

/** Every `id` that the sources give to a finding or an alert, in a literal or in a closed union. */
const raised = new Set(
  sourceFiles("packages/{blocks,alerts,onboard,stores}/**/*.ts", "functions/**/*.ts", "stacks/operations.ts").flatMap(
    ({ text }) =>
      [...text.matchAll(/\bid: ((?:"[a-z\d.-]+"(?:\s*\|\s*)?)+)/g)].flatMap(([, ids = ""]) =>
        [...ids.matchAll(/"([^"]+)"/g)].map(([, id = ""]) => id),
      ),
  ),
);

describe("the runbook", () => {
  it("has a heading for every finding and alert id, and none for anything else", () => {
    expect([...sections.keys()].toSorted()).toEqual([...new Set([...FINDING_IDS, ...raised])].toSorted());
  });

  it("is held against ids that are found in the sources", () => {
    expect([...raised]).toEqual(
      expect.arrayContaining([
        ...FINDING_IDS,
        "cluster.step-failed",
        "cluster.unreachable",
        "cluster.stuck",
        "stores.mass-removal-refused",
        "musterbook.listing-failed",
      ]),
    );
  });

  it("has each heading once", () => {
    expect(runbook.match(/^### /gm)).toHaveLength(sections.size);
  });

  it("says of every dead-letter queue what is done with its messages", () => {
    const ofSources = Object.values(functions).flatMap(({ source }) =>
      "deadLetterQueue" in source ? [source.deadLetterQueue] : [],
    );
    const all = [...Object.values(queues).map(({ deadLetterQueue }) => deadLetterQueue), ...ofSources, UNDELIVERED];
    const [, what = ""] = sections.get("ops.dead-letters")?.split("**Do.**") ?? [];
    expect(all.filter((queue) => !what.includes(`\`${queue}\``))).toEqual([]);
  });

  it.each([...sections])("says of %s what it means and what to do", (_, text) => {
    expect(text).toMatch(/^\*\*Meaning\.\*\* \S/m);
    expect(text).toMatch(/^\*\*(?:Do|Look and do)\.\*\* \S/m);
  });
});
