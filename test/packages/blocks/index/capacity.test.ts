import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { blocksWithin, checkCapacity } from "#blocks/index/capacity";
import { TerminalError } from "#fleet/errors";

const page = readFileSync(new URL("../../../../docs/deploy.md", import.meta.url), "utf8");
const number = (text: string | undefined) => Number(text?.replaceAll(",", ""));
const rows = [...page.matchAll(/^\| ([\d,]+)(?:, default)? +\| ([\d,]+) +\|$/gm)].map(
  ([, memory, blocks]) => [number(memory), number(blocks)] as const,
);

function refusal(blocks: number, memoryMb: number): TerminalError {
  try {
    checkCapacity("s3://blocks", blocks, blocksWithin(memoryMb));
  } catch (error) {
    if (error instanceof TerminalError) return error;
  }
  throw new Error("expected a TerminalError");
}

describe("the blocks that a function has memory for", () => {
  it("are those that docs/deploy.md tells of", () => {
    expect(rows.map(([memory]) => memory)).toContain(2048);
    expect(rows.map(([memory]) => [memory, blocksWithin(memory)])).toEqual(rows);
  });

  it.each(rows)("with %d MB are %d, and not one more", (memoryMb, most) => {
    expect(() => checkCapacity("s3://blocks", most, blocksWithin(memoryMb))).not.toThrow();
    expect(refusal(most + 1, memoryMb)).toMatchObject({ field: "audit.memoryMb", reason: "index-too-large" });
  });

  it.each([400_000, 1_000_000, 1_700_000])("%d would be with the memory of the remedy", (blocks) => {
    const [, memory] = /Write (\d+) or more as audit.memoryMb/.exec(refusal(blocks, 2048).remedy) ?? [];
    expect(blocksWithin(Number(memory))).toBeGreaterThanOrEqual(blocks);
    expect(Number(memory)).toBeLessThanOrEqual(10_240);
  });

  it("are never three million: a command is told", () => {
    expect(refusal(3_000_000, 10_240).remedy).toContain("musterbook audit s3://blocks");
  });
});
