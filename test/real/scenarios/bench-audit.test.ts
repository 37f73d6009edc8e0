import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { measure } from "#bench/audit/measure";
import { QUICK } from "#bench/audit/measured";
import { PAGE, withTables } from "#bench/audit/page";
import { curveTable, figuresTable } from "#bench/audit/tables";

it("measures the audit beside Thanos's own tools, and writes a page of it", { timeout: 600_000 }, async () => {
  const measured = await measure(QUICK, () => undefined);
  const { thanos, cold, warm, tail, tick, index, bucket, curve } = measured;

  // Thanos asks for each meta.json twice, the audit once; with an index only for what is new.
  expect(thanos.inspect.counts).toMatchObject({ GET: bucket.blocks, HEAD: bucket.blocks });
  expect(cold.counts).toMatchObject({ HEAD: 0, PUT: 0, DELETE: 0 });
  expect(cold.counts.GET).toBeGreaterThanOrEqual(bucket.blocks);
  expect(thanos.sync.counts).toMatchObject({ PUT: 0, DELETE: 0 });
  expect(thanos.verify.counts.GET).toBeGreaterThan(thanos.inspect.counts.GET);
  expect(warm.counts.GET).toBeLessThan(bucket.blocks / 10);
  expect(tail.first.blocks).toBe(bucket.blocks + QUICK.fresh);
  expect(tail.next.blocks).toBeGreaterThan(tail.first.blocks);
  expect(tail.next.blocks).toBeLessThanOrEqual(bucket.blocks + (QUICK.rounds + 1) * QUICK.fresh);
  for (const { counts } of [tail.first, tail.next]) expect(counts.GET).toBeLessThan(bucket.blocks / 2);
  for (const { counts, blocks } of [tick.first, tick.next]) {
    expect(counts).toMatchObject({ LIST: 0, PUT: 0 });
    expect(blocks).toBe(index.heads + index.others);
  }
  expect(index.bytes).toBeGreaterThan(0);
  expect(curve).toHaveLength(QUICK.curve.length);
  const page = withTables(await readFile(PAGE, "utf8"), measured);
  for (const table of [figuresTable(measured), curveTable(measured)]) expect(page).toContain(table);
  expect(withTables(page, measured)).toBe(page);
});
