import { billOf, indexBytesPerBlock, monthOf } from "#bench/cost/bill";
import { leafBill } from "#bench/cost/leaf";
import type { Measured } from "#bench/cost/measured";
import { count, table } from "#bench/markdown";

const FLEETS = [6, 100, 1000] as const;

/** What was counted in the hours, as a table of Markdown. */
export function measuredTable(hours: readonly Measured[]): string {
  const rows = hours.flatMap(({ clusters, uses }) =>
    Object.entries(uses).map(([name, use]) => [
      ...[
        String(clusters),
        name,
        count(use.invocations),
        count(use.calls),
        count(use.readUnits),
        count(use.writeUnits),
      ],
      ...[count(use.s3Reads), count(use.s3Writes), count(use.sqsSends), count(use.logBytes)],
    ]),
  );
  const head = [
    "clusters",
    "function",
    "invocations",
    "calls",
    "read units",
    "write units",
    "S3 GET",
    "S3 PUT, LIST",
    "SQS sends",
    "log bytes",
  ];
  return table(head, rows);
}

export function billTable(hours: readonly Measured[]): string {
  const bills = FLEETS.map((clusters) => billOf(hours, clusters));
  const lines = (bills[0] ?? []).map(({ what }, at) => [what, ...bills.map((bill) => dollars(bill[at]?.dollars ?? 0))]);
  const totals = bills.map((bill) => dollars(bill.reduce((sum, line) => sum + line.dollars, 0)));
  return table(
    ["USD a month", ...FLEETS.map((clusters) => `${clusters} clusters`)],
    [...lines, ["**all**", ...totals]],
  );
}

export function leafTable(): string {
  const bills = [leafBill("standard"), leafBill("lean")] as const;
  const lines = bills[0].map(({ what }, at) => [what, ...bills.map((bill) => dollars(bill[at]?.dollars ?? 0))]);
  const totals = bills.map((bill) => dollars(bill.reduce((sum, line) => sum + line.dollars, 0)));
  return table(["USD a month and leaf", "standard", "lean"], [...lines, ["**all**", ...totals]]);
}

export function figures(hours: readonly Measured[]): string {
  const looks = FLEETS.map((clusters) => count(monthOf(hours, clusters).get("reconcile-cluster")?.invocations ?? 0));
  return [
    `Looks a month: ${looks.join(", ")}.`,
    `The index takes ${Math.round(indexBytesPerBlock(hours))} bytes a block.`,
  ].join(" ");
}

function dollars(value: number): string {
  return value.toFixed(2);
}
