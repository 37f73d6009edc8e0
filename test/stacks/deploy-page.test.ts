import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parseConfig } from "#fleet/load-config";
import { functionsOf } from "#stacks/capabilities";
import { grantsOf } from "#stacks/permissions";
import { reservedBy } from "#stacks/reserved";
import { functions } from "#stacks/wiring";
import { FLEET } from "#test/stacks/graph";

const page = await readFile(new URL("../../docs/deploy.md", import.meta.url), "utf8");

function installation(source: unknown) {
  const parsed = parseConfig(source, new Date());
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

describe("the figures of docs/deploy.md", () => {
  it("count the functions, and what they reserve of the account's executions", () => {
    const config = installation({ ...FLEET, alerts: { slackWebhookSecret: "musterbook/slack-webhook" } });
    const reserved = reservedBy(config);

    expect(functionsOf(config)).toHaveLength(Object.keys(functions).length);
    expect(page).toContain(`${functionsOf(config).length} functions, two topics`);
    expect(page).toContain(`Room for ${100 + reserved} Lambda executions at once: ${reserved} are reserved`);
  });

  it("tell what an audit alone makes", () => {
    const names = functionsOf(installation({ capabilities: ["audit"], buckets: [{ url: "s3://blocks" }] }));
    const readers = names.filter((name) => grantsOf(name).some(({ on }) => on === "audited"));

    expect(readers).toEqual(["index-block", "list-bucket"]);
    expect(page).toContain(`It makes ${names.length} functions (two that read the bucket, one that judges`);
  });
});
