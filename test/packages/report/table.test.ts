import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Column, renderTable } from "#report/table";
import { displayWidth } from "#report/text";

interface Row {
  readonly cluster: string;
  readonly region: string;
  readonly blocks: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: "CLUSTER", value: ({ cluster }) => cluster, importance: 3 },
  { title: "REGION", value: ({ region }) => region, importance: 1 },
  { title: "BLOCKS", value: ({ blocks }) => `${blocks}`, align: "right", importance: 2 },
];
const ROWS: readonly Row[] = [
  { cluster: "prod-a", region: "eu-west-1", blocks: 12 },
  { cluster: "集群", region: "us-east-1", blocks: 3 },
];

describe("renderTable", () => {
  it("aligns columns, numbers at the right, wide characters too", () => {
    expect(renderTable(COLUMNS, ROWS, 80)).toEqual([
      "CLUSTER  REGION     BLOCKS",
      "prod-a   eu-west-1      12",
      "集群     us-east-1       3",
    ]);
  });

  it("lets columns stand closer before it drops one", () => {
    expect(renderTable(COLUMNS, ROWS, 25)[1]).toBe("prod-a  eu-west-1     12");
  });

  it("drops the least important column first", () => {
    expect(renderTable(COLUMNS, ROWS, 23)[1]).toBe("prod-a       12");
    expect(renderTable(COLUMNS, ROWS, 14)[1]).toBe("prod-a");
  });

  it("drops the rightmost of equally important columns", () => {
    const equal = COLUMNS.map((column) => ({ ...column, importance: 0 }));
    expect(renderTable(equal, ROWS, 20)[0]).toBe("CLUSTER  REGION");
  });

  it("keeps one column, however narrow it is", () => {
    expect(renderTable(COLUMNS, ROWS, 1)[0]).toBe("CLUSTER");
  });

  it("has its titles alone without rows", () => {
    expect(renderTable(COLUMNS, [], 80)).toEqual(["CLUSTER  REGION  BLOCKS"]);
  });

  it("never juts out while there are two columns, and never wraps", () => {
    const row = fc.record({
      cluster: fc.stringMatching(/^[a-z-]{1,30}$/),
      region: fc.constant("eu"),
      blocks: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 1, max: 60 }), (rows, width) => {
        const lines = renderTable(COLUMNS, rows, width);
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) expect(displayWidth(line) <= width || !line.trim().includes("  ")).toBe(true);
      }),
      { seed: 1 },
    );
  });
});
