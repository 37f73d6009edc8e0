import * as v from "valibot";
import type { Statement } from "#members/ports";

const Texts = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((one) => [one].flat().toSorted()),
);

const Document = v.object({
  Statement: v.pipe(
    v.union([v.array(v.unknown()), v.looseObject({})]),
    v.transform((one) => [one].flat()),
    v.array(
      v.object({
        Effect: v.string(),
        Principal: v.optional(v.union([v.string(), v.record(v.string(), Texts)])),
        Action: v.optional(Texts, []),
        Resource: v.optional(Texts, []),
        Condition: v.optional(v.record(v.string(), v.record(v.string(), Texts)), {}),
      }),
    ),
  ),
});

/** The statements of a policy document, in one form however it was written; none of what is no policy. */
export function statementsOf(document: unknown): readonly Statement[] {
  const parsed = v.safeParse(Document, document);
  if (!parsed.success) return [];
  return parsed.output.Statement.map(({ Effect, Principal = {}, Action, Resource, Condition }) => ({
    effect: Effect,
    principals: typeof Principal === "string" ? [Principal] : listed(Principal, ":"),
    actions: Action,
    resources: Resource,
    conditions: Object.entries(Condition).flatMap(([test, keys]) =>
      listed(keys, " = ").map((condition) => `${test} ${condition}`),
    ),
  }));
}

function listed(values: Readonly<Record<string, readonly string[]>>, between: string): readonly string[] {
  return Object.entries(values)
    .flatMap(([name, ones]) => ones.map((one) => `${name}${between}${one}`))
    .toSorted();
}
