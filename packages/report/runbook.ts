import { wrap } from "#report/text";

/** The text under the heading `### <id>` of the runbook; undefined where there is none. */
export function runbookSection(runbook: string, id: string): string | undefined {
  const lines = runbook.split("\n");
  const start = lines.indexOf(`### ${id}`);
  if (start < 0) return undefined;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^#{1,3} /.test(line));
  return rest
    .slice(0, end < 0 ? rest.length : end)
    .join("\n")
    .trim();
}

/** Markdown of the runbook for a terminal: its paragraphs filled, code blocks and tables as they are, without emphasis. */
export function renderSection(section: string, width: number): string[] {
  let isCode = false;
  return section.split(/\n(?=\n|```|[-*|] |\d+\. )|(?<=```\w*)\n/).flatMap((part) => {
    const text = part.trim();
    if (text.startsWith("```")) {
      isCode = !isCode;
      return [];
    }
    if (isCode || text.startsWith("|")) return part.split("\n");
    const filled = wrap(text.replaceAll("**", ""), { width });
    return part.startsWith("\n") ? ["", ...(text === "" ? [] : filled)] : filled;
  });
}
