import * as v from "valibot";
import { type Json, jsonOf, parseJson } from "#blocks/block/json";
import { isGoUlid } from "#blocks/block/ulid";
import type { Parsed } from "#config/schema";

// The types of Go's structs, and nothing of what their values mean: encoding/json leaves a null or missing field at zero.
const INT64 = 2 ** 63;
const UINT64 = 2 ** 64;
const INTEGER = "expected an integer of 64 bits without point or exponent";
const COUNT = `${INTEGER}, not negative`;
/** Go's int and int64. */
export const GoInt = v.nullish(
  v.pipe(v.number(INTEGER), v.integer(INTEGER), v.minValue(-INT64, INTEGER), v.ltValue(INT64, INTEGER)),
);
export const GoUint = v.nullish(
  v.pipe(v.number(COUNT), v.integer(COUNT), v.minValue(0, COUNT), v.ltValue(UINT64, COUNT)),
);
export const GoBool = v.nullish(v.boolean());
export const GoText = v.nullish(v.string());
export const GoUlid = v.nullish(v.pipe(v.string(), v.check(isGoUlid)));

/** Parses as Go's encoding/json does into a struct with the types of `schema`. Never throws. Big integers are not kept. */
export function parseGo<S extends v.GenericSchema>(schema: S, json: Json): Parsed<v.InferOutput<S>> {
  const text = withGoNumbers(json.text);
  const parsed = parseJson(schema, text === json.text ? json : jsonOf(text));
  if (parsed.ok) return parsed;
  const asWritten = (value: unknown) => (value === Number(NO_INTEGER) ? "(number)" : value);
  return { ok: false, problems: parsed.problems.map((problem) => ({ ...problem, value: asWritten(problem.value) })) };
}

/** Whether Go and JavaScript see the same in all of its numbers. */
export function readsAlike({ text }: Json): boolean {
  return withGoNumbers(text) === text;
}

// Numbers that are no integers, or have more digits than a double. With still more digits no integer takes them as they
// are. A match inside of a string leaves it a string, and ULIDs and times hold nothing that looks like this.
const ODD_NUMBER =
  /([:,[]\s*)(-?(?:0|[1-9]\d{0,20})(?:\.\d+(?:[eE][+-]?\d+)?|[eE][+-]?\d+)|-?[1-9]\d{15,20})(?=\s*[,}\]])/g;
/** No Go integer takes it. */
const NO_INTEGER = "0.5";

/**
 * Go reads the digits of a number, JavaScript its nearest double. A number that the two see differently is replaced
 * by one of the same type for Go: 2^63 - 1 fits an int64 and 2^63 does not, 1.0 and 1e3 are no integers.
 */
function withGoNumbers(text: string): string {
  return text.replace(ODD_NUMBER, (_, before: string, digits: string) => before + asGoReads(digits));
}

function asGoReads(digits: string): string {
  if (!/^-?\d+$/.test(digits)) return NO_INTEGER;
  const value = BigInt(digits);
  if (BigInt.asIntN(64, value) === value) return value < 0n ? "-1" : "1";
  return BigInt.asUintN(64, value) === value ? String(INT64) : NO_INTEGER;
}
