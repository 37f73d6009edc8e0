import { isDeepStrictEqual } from "node:util";
import type { QueueFound, RoleFound, RuleFound, Statement } from "#members/ports";
import { statementsOf } from "#members/statements";

type Fields = Readonly<Record<string, unknown>>;

/*
 * What a member lacks: what was found held against what the template would make. Each answer is a list of facts in words,
 * empty where all is as it should be.
 */

export function judgeRole(wanted: Fields, found: RoleFound | undefined): readonly string[] {
  if (found === undefined) return ["is missing"];
  const policies = Array.isArray(wanted.Policies) ? wanted.Policies : [];
  const rights = policies.flatMap((policy: Fields) => statementsOf(policy.PolicyDocument));
  return [
    ...judgeTrust(statementsOf(wanted.AssumeRolePolicyDocument), found.trust),
    ...compared(rights, found.rights, (one) => `${one.actions.join(", ")} on ${one.resources.join(", ")}`).map(
      ({ word, text }) => (word === "lacks" ? `may not ${text}` : `may ${text}, which Musterbook does not ask for`),
    ),
    ...judgeBoundary(wanted.PermissionsBoundary, found.boundary),
  ];
}

function judgeTrust(wanted: readonly Statement[], found: readonly Statement[]): readonly string[] {
  const principals = (of: readonly Statement[]) => of.flatMap((one) => one.principals);
  const conditions = (of: readonly Statement[]) => of.flatMap((one) => one.conditions);
  const external = (of: readonly Statement[]) => conditions(of).filter((one) => one.includes("sts:ExternalId"));
  const others = (of: readonly Statement[]) => conditions(of).filter((one) => !one.includes("sts:ExternalId"));
  const missing = without(principals(wanted), principals(found)).map((one) => `does not trust ${nameOf(one)}`);
  const besides = without(principals(found), principals(wanted)).map((one) => `trusts ${nameOf(one)} besides`);
  const ids = isDeepStrictEqual(external(wanted), external(found))
    ? []
    : [`asks for ${idOf(external(found))} and not for ${idOf(external(wanted))}`];
  const open = without(others(wanted), others(found)).map((one) => `trusts without the condition ${one}`);
  return [...missing, ...besides, ...ids, ...open];
}

function nameOf(principal: string): string {
  return principal.replace(/^(?:AWS|Service):/, "");
}

function idOf(conditions: readonly string[]): string {
  const ids = conditions.map((one) => one.split(" = ").at(-1));
  return ids.length === 0 ? "no external id" : `the external id ${ids.join(", ")}`;
}

/** Only where one was asked for: a boundary that the account has put there itself is its own affair. */
function judgeBoundary(wanted: unknown, found: string | null): readonly string[] {
  if (wanted === undefined || wanted === found) return [];
  return [`is bounded by ${found ?? "nothing"} and not by ${String(wanted)}`];
}

export function judgeRule(wanted: Fields, found: RuleFound | undefined): readonly string[] {
  if (found === undefined) return ["is missing"];
  const targets = Array.isArray(wanted.Targets) ? wanted.Targets : [];
  return [
    ...(found.enabled ? [] : ["is switched off"]),
    ...(isDeepStrictEqual(found.pattern, wanted.EventPattern) ? [] : ["has another pattern"]),
    ...targets.flatMap((target: Fields) => judgeTarget(target, found)),
  ];
}

function judgeTarget({ Arn, RoleArn, DeadLetterConfig }: Fields, { targets }: RuleFound): readonly string[] {
  const found = targets.find(({ arn }) => arn === Arn);
  if (found === undefined) return [`does not send to ${String(Arn)}`];
  const deadLetters = isFields(DeadLetterConfig) ? DeadLetterConfig.Arn : undefined;
  return [
    ...(found.roleArn === RoleArn ? [] : [`sends as ${found.roleArn ?? "nobody"} and not as ${String(RoleArn)}`]),
    ...(found.deadLetters === deadLetters ? [] : ["loses what it cannot send: it has no dead-letter queue of ours"]),
  ];
}

/** What waits in it is no fault of the member's making, and worth as much: those events did not arrive. */
export function judgeQueue(policy: unknown, found: QueueFound | undefined): readonly string[] {
  if (found === undefined) return ["is missing"];
  const { waiting } = found;
  const missing = compared(statementsOf(policy), found.policy, (one) => one.conditions.join(", "));
  return [
    ...(missing.some(({ word }) => word === "lacks") ? ["does not let the rules put anything into it"] : []),
    ...(waiting === 0 ? [] : [`holds ${waiting} event${waiting === 1 ? "" : "s"} that did not arrive at the hub`]),
  ];
}

interface Difference {
  readonly word: "lacks" | "has";
  readonly text: string;
}

function compared(
  wanted: readonly Statement[],
  found: readonly Statement[],
  inWords: (one: Statement) => string,
): readonly Difference[] {
  const lacking = wanted.filter((one) => !found.some((other) => isDeepStrictEqual(one, other)));
  const besides = found.filter((one) => !wanted.some((other) => isDeepStrictEqual(one, other)));
  return [
    ...lacking.map((one) => ({ word: "lacks" as const, text: inWords(one) })),
    ...besides.map((one) => ({ word: "has" as const, text: inWords(one) })),
  ];
}

function without(all: readonly string[], known: readonly string[]): readonly string[] {
  return all.filter((one) => !known.includes(one));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
