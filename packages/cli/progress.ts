import type { AuditProgress } from "#blocks/finding";
import { age, count } from "#blocks/text";
import type { Cli } from "#cli/cli";
import { widthOf } from "#cli/output";
import { escapeControls } from "#report/escape";

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
  const begun = new Map<AuditProgress["phase"], Begun>();
  let drawn = 0;
  return {
    onProgress(progress) {
      const first = begun.get(progress.phase) ?? { at: now(), done: progress.done };
      begun.set(progress.phase, first);
      if (!cli.stderr.isTTY || now() - begin < QUIET_MS || now() - drawn < REDRAW_MS) return;
      drawn = now();
      const text = escapeControls(describe(progress, { since: first, now: now() }));
      cli.stderr.write(ERASE + text.slice(0, widthOf(cli.stderr) - 1));
    },
    end() {
      if (drawn > 0) cli.stderr.write(ERASE);
    },
  };
}

/** A phase as it was told of first: another may have begun before and go on beside it. */
interface Begun {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly done: number;
}

function describe(
  { phase, done, total }: AuditProgress,
  { since, now }: { readonly since: Begun; readonly now: number },
): string {
  const far = total === undefined ? count(done) : `${count(done)} of ${count(total)}`;
  const seconds = (now - since.at) / 1000;
  if (seconds < 1 || done === since.done) return `${DOING[phase]}: ${far}`;
  const perSecond = (done - since.done) / seconds;
  const left = total === undefined ? "" : `, ${age(((total - done) / perSecond) * 1000)} left`;
  return `${DOING[phase]}: ${far}, ${count(Math.round(perSecond))}/s${left}`;
}
