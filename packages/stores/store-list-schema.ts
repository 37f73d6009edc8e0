import * as v from "valibot";
import { parseWith } from "#config/schema";
import { TerminalError } from "#fleet/errors";
import { STORE_LIST_VERSION, type StoreListState } from "#stores/store-list";

const State = v.object({
  schemaVersion: v.literal(STORE_LIST_VERSION),
  entries: v.array(v.object({ address: v.string(), cluster: v.string() })),
  history: v.array(v.object({ at: v.pipe(v.string(), v.isoTimestamp()), addresses: v.array(v.string()) })),
  yaml: v.string(),
  updatedAt: v.string(),
});

/** A stored store list from its JSON text; TerminalError `store-list-unreadable` for anything else, since acting on a guess could empty it. */
export function readStoreListState(text: string, where: string): StoreListState {
  const parsed = parseWith(State, parseJson(text));
  if (parsed.ok) return parsed.value;
  const { field, value, remedy } = parsed.problems[0] ?? { field: "(root)", value: undefined, remedy: "" };
  throw new TerminalError(`the store list in ${where} cannot be read: ${field}: ${remedy}`, {
    reason: "store-list-unreadable",
    remedy: `Restore ${where} from a backup or an earlier version. Do not delete it: the guard's memory would go with it.`,
    field,
    value,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it with a name
  }
}
