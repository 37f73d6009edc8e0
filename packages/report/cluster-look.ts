import { displayWidth, wrap } from "#report/text";

/** One thing that was looked for on a cluster. */
export interface LookRow {
  readonly what: "Kubernetes API" | "nodes" | "storage classes" | "definitions" | "release" | "operator" | "endpoint";
  /**
   * `ok` there; `partly` there, with a lack; `missing`; `free` nobody is in our way; `ours`; `theirs` somebody else's,
   * left alone; `forbidden` a right is missing; `unknown` it could not be looked at.
   */
  readonly state: "ok" | "partly" | "missing" | "free" | "ours" | "theirs" | "forbidden" | "unknown";
  readonly detail: string;
}

/** What mode `manage` would do first. */
export interface FirstStep {
  readonly kind: "do" | "wait" | "stop" | "nothing" | "unknown";
  readonly reason: string;
  readonly message: string;
  /** Empty where nobody has to do anything. */
  readonly remedy: string;
}

/** One cluster, looked at from outside; `schemaVersion` grows with every change that a reader has to know of. */
export interface ClusterLook {
  readonly schemaVersion: 1;
  /** RFC 3339. */
  readonly now: string;
  readonly context: string;
  readonly server: string;
  readonly namespace: string;
  readonly rows: readonly LookRow[];
  readonly manage: FirstStep;
}

export function renderClusterLook(look: ClusterLook, { width }: { readonly width: number }): string {
  const what = widest(look.rows.map((row) => row.what));
  const state = widest(look.rows.map((row) => row.state));
  const indent = " ".repeat(what + state);
  const rows = look.rows.flatMap((row) => {
    return wrap(row.detail, { width, indent, first: row.what.padEnd(what) + row.state.padEnd(state) });
  });
  const head = wrap(`${look.context}, ${look.server}; namespace ${look.namespace}; nothing was written`, { width });
  return `${[...head, "", ...rows, "", ...wrap(firstOf(look.manage), { width })].join("\n")}\n`;
}

/** Width of a column, with the gap to the next. */
function widest(texts: readonly string[]): number {
  return Math.max(...texts.map(displayWidth)) + 2;
}

function firstOf({ kind, reason, message, remedy }: FirstStep): string {
  const lead = "Mode manage would";
  switch (kind) {
    case "do":
      return `${lead} first do the step ${reason}: ${message}.`;
    case "wait":
      return `${lead} wait: ${message}.`;
    case "stop":
      return `${lead} stop: ${message}. To do: ${remedy.replace(/\.$/, "")}.`;
    case "nothing":
      return `${lead} change nothing on this cluster: ${message}.`;
    case "unknown":
      return `What mode manage would do is not known: ${message}.`;
  }
}
