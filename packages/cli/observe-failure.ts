import { describeError, MusterbookError } from "#fleet/errors";
import type { LookRow } from "#report/cluster-look";

/** What a look found, or why it did not. */
export type Looked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: "forbidden" | "failed"; readonly error: MusterbookError };

/** Keeps a failed look from stopping the others; a defect is thrown. */
export async function look<T>(work: () => Promise<T>): Promise<Looked<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    return { ok: false, why: error.reason === "forbidden" ? "forbidden" : "failed", error };
  }
}

export function rowOfFailure(what: LookRow["what"], { why, error }: Extract<Looked<unknown>, { ok: false }>): LookRow {
  if (why === "forbidden") return { what, state: "forbidden", detail: missingRight(error.message) };
  return { what, state: "unknown", detail: describeError(error) };
}

/** How the API server's authorizer words a refusal. */
const REFUSAL =
  /cannot (?<verb>\w+) resource "(?<resource>[^"]+)"(?: in API group "(?<group>[^"]*)")?(?: (?<scope>in the namespace "[^"]*"|at the cluster scope))?/;

/** The right that a refusal speaks of, as a role would give it; the whole message where it does not say. */
export function missingRight(message: string): string {
  const { verb, resource, group = "", scope } = REFUSAL.exec(message)?.groups ?? {};
  if (verb === undefined || resource === undefined) return message;
  const full = group === "" ? resource : `${resource}.${group}`;
  return `needs the right to ${verb} ${full}${scope === undefined ? "" : ` ${scope.replaceAll('"', "")}`}`;
}
