import type { Finding, MemberRow } from "#members/check";
import { renderTable } from "#report/table";
import { wrap } from "#report/text";

/** A table of the members, and a note for everything that one of them lacks. */
export function renderMembers(members: readonly MemberRow[], { width }: { readonly width: number }): string {
  if (members.length === 0) return "No member: every account of the configuration is the hub's.\n";
  const notes: string[] = [];
  const rows = members.map((member) => ({
    ...member,
    cells: KINDS.map((kind) => cellOf(member, kind, notes)),
  }));
  const columns = [
    { title: "ACCOUNT", value: ({ account }: MemberRow) => account, importance: 9 },
    { title: "REGION", value: ({ region }: MemberRow) => region, importance: 8 },
    ...KINDS.map((kind, at) => ({
      title: TITLES[kind],
      value: ({ cells }: (typeof rows)[number]) => cells[at] ?? "",
      importance: 5,
    })),
  ];
  const table = renderTable(columns, rows, width);
  const told = notes.flatMap((note, at) => ["", ...wrap(note, { width, first: `(${at + 1}) `, indent: "    " })]);
  return `${[headline(members), "", ...table, ...told].join("\n")}\n`;
}

const KINDS = ["rule", "role", "queue"] as const satisfies readonly Finding["kind"][];
const TITLES: Readonly<Record<Finding["kind"], string>> = { rule: "EVENTS", role: "ROLES", queue: "UNDELIVERED" };

function headline(members: readonly MemberRow[]): string {
  const count = (status: MemberStatus) => members.filter((member) => statusOf(member) === status).length;
  const parts = STATUSES.map((status) => [count(status), WORDS[status]] as const).filter(([number]) => number > 0);
  const accounts = new Set(members.map(({ account }) => account)).size;
  const regions = `${members.length} region${members.length === 1 ? "" : "s"}`;
  return `${regions} of ${accounts} account${accounts === 1 ? "" : "s"}: ${parts.map((part) => part.join(" ")).join(", ")}`;
}

/** The worst of what was found there. */
export type MemberStatus = "complete" | "lacking" | "refused";
const STATUSES = ["complete", "lacking", "refused"] as const;
const WORDS: Readonly<Record<MemberStatus, string>> = {
  complete: "complete",
  lacking: "lacking something",
  refused: "not to be looked at",
};

export function statusOf({ findings }: MemberRow): MemberStatus {
  if (findings.some(({ status }) => status === "lacking")) return "lacking";
  return findings.some(({ status }) => status === "refused") ? "refused" : "complete";
}

/** `yes`, or the first thing that is wrong with a number for each note. */
function cellOf({ account, region, findings }: MemberRow, kind: Finding["kind"], notes: string[]): string {
  const wrong = findings.filter((finding) => finding.kind === kind && finding.status !== "ok");
  if (wrong.length === 0) return "yes";
  const numbers = wrong.map(({ what, facts, remedy }) => {
    const text = `${account} ${region}, ${what}: ${facts.join("; ")}. ${remedy}`;
    return notes.push(text);
  });
  return `${wrong.some(({ status }) => status === "lacking") ? "no" : "?"} (${numbers.join(", ")})`;
}
