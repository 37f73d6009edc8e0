import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readAuditConfig } from "#cli/audit-config";
import { defaultAuditSettings } from "#config/audit-settings";

const scratch = await mkdtemp(join(tmpdir(), "musterbook-"));
afterAll(() => rm(scratch, { recursive: true }));

async function fileWith(text: string): Promise<string> {
  const file = join(scratch, "audit.json");
  await writeFile(file, text);
  return file;
}

describe("readAuditConfig", () => {
  it("takes Thanos's defaults without a file", async () => {
    expect(await readAuditConfig(undefined)).toEqual({ settings: defaultAuditSettings(), ignored: [] });
  });

  it("reads a file over the defaults", async () => {
    const { settings } = await readAuditConfig(await fileWith('{"deleteDelay": "24h", "retention": {"raw": "30d"}}'));
    expect(settings.deleteDelay).toBe(86_400_000);
    expect(settings.retention.raw).toBe(30 * 86_400_000);
    expect(settings.blockRange).toBe(7_200_000);
  });

  it("tells every problem at once, with the nearest known name", async () => {
    const file = await fileWith('{"replicaLabls": [], "retention": {"5min": "1d"}, "deleteDelay": "soon"}');
    await expect(readAuditConfig(file)).rejects.toMatchObject({
      message: `cannot use ${file}: 3 problems`,
      problems: [
        { field: "replicaLabls", value: undefined, remedy: "unknown name; did you mean replicaLabels?" },
        { field: "retention.5min", value: undefined, remedy: "unknown name; known are raw, 5m, 1h" },
        { field: "deleteDelay", value: "soon", remedy: expect.stringContaining("write a duration") },
      ],
    });
  });

  it("ignores a later version's name and says so, which a mistyped one is not", async () => {
    const file = await fileWith('{"receivePhaseHours": 1, "deleteDelay": "24h"}');
    expect(await readAuditConfig(file)).toMatchObject({
      settings: { deleteDelay: 86_400_000 },
      ignored: ["receivePhaseHours"],
    });
  });

  it.each(["{", "[]", "1", "null", undefined])("names a file that it cannot read (%s)", async (text) => {
    const file = text === undefined ? join(scratch, "none.json") : await fileWith(text);
    await expect(readAuditConfig(file)).rejects.toMatchObject({ field: "--config", value: file });
  });
});
