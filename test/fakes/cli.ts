import type { Cli, Output } from "#cli/cli";
import { fixedClock } from "#fleet/clock";
import { AUDITED_AT } from "#test/factories/audit-report";

/** A process to run commands in, with what they wrote. */
export interface FakeCli extends Cli {
  readonly out: () => string;
  readonly err: () => string;
  readonly clock: ReturnType<typeof fixedClock>;
}

export function fakeCli(
  options: { readonly isTTY?: boolean; readonly columns?: number; readonly env?: Cli["env"] } = {},
): FakeCli {
  const written = { out: "", err: "" };
  const output = (name: "out" | "err"): Output => ({
    write: (text) => {
      written[name] += text;
    },
    isTTY: options.isTTY,
    columns: options.columns,
  });
  return {
    stdout: output("out"),
    stderr: output("err"),
    env: options.env ?? {},
    clock: fixedClock(AUDITED_AT),
    exitCode: 0,
    out: () => written.out,
    err: () => written.err,
  };
}
