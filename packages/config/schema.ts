import * as v from "valibot";
import { parseDuration } from "#config/duration";

/** A Prometheus duration (`15m`, `48h`, `0d`), parsed to milliseconds. */
export const Duration = v.pipe(
  v.string(),
  v.check((text) => parseDuration(text) !== undefined, "write a duration as Prometheus does: 15m, 48h, 30d"),
  v.transform((text) => parseDuration(text) ?? 0),
);

/** One thing wrong with something that came from outside. */
export interface Problem {
  /** Dotted path, e.g. `buckets.0.url`. */
  readonly field: string;
  readonly value: unknown;
  /** What is wrong and what to write instead. */
  readonly remedy: string;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Parses at the door: every problem at once, each with field, value and remedy. Never throws. */
export function parseWith<S extends v.GenericSchema>(schema: S, input: unknown): Parsed<v.InferOutput<S>> {
  const result = v.safeParse(schema, input);
  if (result.success) return { ok: true, value: result.output };
  return { ok: false, problems: result.issues.flatMap(problemsOf) };
}

function problemsOf(issue: v.BaseIssue<unknown>): Problem[] {
  const nested = issue.issues?.flatMap((inner) => problemsOf(inner)) ?? [];
  if (nested.length > 0) return nested;
  const field = v.getDotPath(issue) ?? "(root)";
  return [{ field, value: issue.input, remedy: remedyOf(issue) }];
}

/** The messages of our schemas are remedies; valibot's own, which begin with `Invalid`, repeat the value, whole and unmasked. */
function remedyOf({ message, expected }: v.BaseIssue<unknown>): string {
  return message.startsWith("Invalid ") && expected !== null ? `expected ${expected}` : message;
}

const MAX_SHOWN_VALUE = 80;

/** One line per problem: field, value, remedy. Values are cut, and masked where they look like a secret. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(({ field, value, remedy }) => `${field} is ${showValue(value)}: ${remedy}`).join("\n");
}

function showValue(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  // A stand-in such as (object), put there by whoever must not repeat the value.
  if (typeof value !== "string" || /^\([a-z]+\)$/.test(value)) return String(value);
  const text = JSON.stringify(maskSecret(value));
  return text.length > MAX_SHOWN_VALUE ? `${text.slice(0, MAX_SHOWN_VALUE)}..."` : text;
}

/** Webhook and signed URLs, URLs with a password, access keys and tokens, by their shape. */
const SECRET =
  /hooks\.[a-z0-9.-]+\/|\/services\/T|\/webhooks?\/|:\/\/[^/@\s]+@|[?&](?:token|key|sig|signature|x-amz-[a-z-]+)=|A[KS]IA[0-9A-Z]{16}|xox[a-z]-|-----BEGIN/i;

/** The text, or what may be told of it when it looks like a secret: the origin of a URL, else nothing. */
export function maskSecret(text: string): string {
  if (!SECRET.test(text)) return text;
  const host = /^https?:\/\/(?:[^/@\s]*@)?([a-z0-9.-]+)/i.exec(text)?.[1];
  return host === undefined ? "(masked)" : `https://${host}/(masked)`;
}
