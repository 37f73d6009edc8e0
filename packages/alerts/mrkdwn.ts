import { cutText } from "#alerts/text";

/** Text in Slack's mrkdwn whose foreign parts are escaped. Only `markup` makes one. */
export interface Markup {
  readonly text: string;
  /** The same, with its foreign parts cut so that the whole is at most `max` characters. */
  cut(max: number): Markup;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Builds mrkdwn: the literal parts are markup, the values are foreign text and never more than text. */
export function markup(literals: TemplateStringsArray, ...values: readonly string[]): Markup {
  const fixed = literals.join("").length;
  const build = (max: number): string => {
    let left = max - fixed;
    const parts = values.map((value) => {
      const part = escapeText(cutText(value, left, escapedLength));
      left -= part.length;
      return part;
    });
    return literals.map((literal, i) => `${literal}${parts[i] ?? ""}`).join("");
  };
  const of = (max: number): Markup => ({
    get text() {
      return build(max);
    },
    cut: (less) => of(Math.min(less, max)),
  });
  return of(Number.MAX_SAFE_INTEGER);
}

/** Foreign text for a plain_text object, on one line: escaped as well, since Slack undoes `&lt;` everywhere. */
export function plainText(text: string, max: number): string {
  return escapeText(cutText(text, max, escapedLength)).replaceAll("\n", " ");
}

function escapedLength(character: string): number {
  return ESCAPES[character]?.length ?? character.length;
}

function escapeText(text: string): string {
  return text.replaceAll(/[&<>]/g, (character) => ESCAPES[character] ?? "");
}
