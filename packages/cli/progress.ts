import type { AuditProgress } from "#blocks/finding";
import { age, count } from "#blocks/text";
import type { Cli } from "#cli/cli";
import { escapeControls, widthOf } from "#cli/output";

const QUIET_MS = 2000;
const REDRAW_MS = 200;
const ERASE = "\r\u001b[K";
const DOING: Readonly<Record<AuditProgress["phase"], string>> = {
  list: "listing objects",
  read: "reading block metadata",
  judge: "judging",
};

/** One line on stderr about work that takes more than two seconds: what, how far, how fast, how long still. Terminals only. */
export function progressLine(cli: Cli): {
  readonly onProgress: (progress: AuditProgress) => void;
  readonly end: () => void;
} {
  const now = () => cli.clock.now().getTime();
  const begin = now();
  let phase: AuditProgress["phase"] | undefined;
  let phaseBegin = begin;
  let drawn = 0;
  return {
    onProgress(progress) {
      if (progress.phase !== phase) phaseBegin = now();
      phase = progress.phase;
      if (!cli.stderr.isTTY || now() - begin < QUIET_MS || now() - drawn < REDRAW_MS) return;
      drawn = now();
      const text = escapeControls(describe(progress, now() - phaseBegin));
      cli.stderr.write(ERASE + text.slice(0, widthOf(cli.stderr) - 1));
    },
    end() {
      if (drawn > 0) cli.stderr.write(ERASE);
    },
  };
}

function describe({ phase, done, total }: AuditProgress, elapsedMs: number): string {
  const far = total === undefined ? count(done) : `${count(done)} of ${count(total)}`;
  if (elapsedMs < 1000 || done === 0) return `${DOING[phase]}: ${far}`;
  const perSecond = done / (elapsedMs / 1000);
  const left = total === undefined ? "" : `, ${age(((total - done) / perSecond) * 1000)} left`;
  return `${DOING[phase]}: ${far}, ${count(Math.round(perSecond))}/s${left}`;
}
