import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FINDING_IDS } from "#blocks/finding";
import { run } from "#cli/program";
import { materialise } from "#local/recorded-bucket";
import { auditReport, finding } from "#test/factories/audit-report";
import { recordingOf } from "#test/factories/recorded-bucket";
import { fakeCli } from "#test/fakes/cli";

const scratch = await mkdtemp(join(tmpdir(), "musterbook-"));
const bucket = join(scratch, "broken");
const file = join(scratch, "report.json");
const OTHER = { labels: { cluster: "prod-c" }, blocks: ["01M7VN7C2JGV1RBMJVV5WAGS4Z"], groupKey: null };
beforeAll(async () => {
  await materialise(recordingOf("broken"), bucket);
  await writeFile(file, JSON.stringify(auditReport([finding(), finding(OTHER), finding({ id: "upload.silent" })])));
});
afterAll(() => rm(scratch, { recursive: true }));

async function explain(...args: string[]) {
  const cli = fakeCli();
  const exitCode = await run(["explain", ...args], cli);
  return { exitCode, out: cli.out(), err: cli.err() };
}

describe("musterbook explain", () => {
  it.each(FINDING_IDS)("says what %s means, in 80 columns but for commands and tables", async (id) => {
    const { exitCode, out } = await explain(id);

    expect(exitCode).toBe(0);
    expect(out).toMatch(new RegExp(`^${id.replace(".", "\\.")}\\n\\nMeaning\\.`));
    const long = out.split("\n").filter((line) => line.length > 80 && !line.startsWith("|"));
    expect(
      long.filter((line) => line.includes(" ") && !line.includes("`") && !/thanos|kubectl|aws/.test(line)),
    ).toEqual([]);
  });

  it.each(FINDING_IDS)("says what upstream the rule of %s rests on: files, and issues", async (id) => {
    const { sources } = JSON.parse((await explain(id, "--output", "json")).out);

    expect(sources.length).toBeGreaterThan(0);
    expect(new Set(sources).size).toBe(sources.length);
    for (const source of sources) {
      expect(source).toMatch(
        /^(?:thanos (?:pkg|cmd\/thanos|docs)\/[\w/-]+\.(?:go|md)|prometheus tsdb\/[\w/]+\.go|thanos#\d+)$/,
      );
    }
    const { out } = await explain(id);
    expect(out.replaceAll("\n", " ")).toContain(`The rule rests on ${sources.join(", ")}.`);
  });

  it("tells all of the finding in a bucket: numbers, what comes, commands, where to read more", async () => {
    const { exitCode, out } = await explain("block.incomplete", bucket, "--now", "2026-11-20T13:10:00Z");

    expect(exitCode).toBe(0);
    expect(out).toContain("missing files 1");
    expect(out).toContain("If nothing is done:");
    expect(out).toContain("thanos tools bucket mark");
    expect(out).toContain("docs/runbook.md#blockincomplete");
    expect(out).not.toContain("block.meta-corrupt  ");
  });

  it.each(["01M7VN7C2JGV1RBMJVV5WAGS4Z", "prod-c"])("tells the one finding of %s in a saved report", async (name) => {
    const { out } = await explain("upload.late", file, "--of", name);

    expect(out).toContain("cluster=prod-c");
    expect(out).not.toContain("prod-b");
  });

  it("tells programs the same", async () => {
    const { out } = await explain("upload.late", file, "--of", "0@6928611441926479320", "--output", "json");

    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1, id: "upload.late", findings: [finding()] });
  });

  it.each([
    [["upload.lat"], "Did you mean upload.late?"],
    [["upload.gap", file], "It has upload.late, upload.silent."],
    [["upload.late", file, "--of", "prod-z"], "no finding upload.late of prod-z"],
    [["upload.late", join(scratch, "none.json")], "cannot read the report"],
  ])("refuses %j", async (args, said) => {
    const { exitCode, err } = await explain(...args);

    expect(exitCode).toBe(2);
    expect(err.replaceAll(/\s+/g, " ")).toContain(said);
  });
});
