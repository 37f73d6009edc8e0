import type { Cli } from "#cli/cli";
import { widthOf } from "#cli/output";
import { escapeControls } from "#report/escape";

const QUIET_MS = 2000;
const REDRAW_MS = 200;
const ERASE = "\r\u001b[K";

export interface Doing {
  /** What is being done from now on, and how far it is. */
  tell(what: string): void;
  end(): void;
}

/** One line on stderr that says what is done, once it takes more than two seconds. Terminals only. */
export function doing(cli: Cli, first: string): Doing {
  if (!cli.stderr.isTTY) return { tell: () => undefined, end: () => undefined };
  let what = first;
  let drawn = "";
  let timer: NodeJS.Timeout;
  const draw = (): void => {
    if (what === drawn) return;
    drawn = what;
    cli.stderr.write(ERASE + escapeControls(`${what} ...`).slice(0, widthOf(cli.stderr) - 1));
  };
  timer = setTimeout(() => {
    draw();
    timer = setInterval(draw, REDRAW_MS);
  }, QUIET_MS);
  return {
    tell: (next) => {
      what = next;
    },
    end: () => {
      clearTimeout(timer);
      if (drawn !== "") cli.stderr.write(ERASE);
    },
  };
}
