import pMap from "p-map";
import { describeError, MusterbookError } from "#fleet/errors";
import { judgeQueue, judgeRole, judgeRule } from "#members/judge";
import type { MemberApi, MemberPlace } from "#members/ports";
import { type Resolved, resolveTemplate } from "#members/resolve";
import type { Template } from "#members/template";

/** One thing that a member should have. */
export interface Finding {
  /** In the words of AWS: `rule musterbook-cluster-events`. */
  readonly what: string;
  readonly kind: "rule" | "role" | "queue";
  /** `refused`: it could not be looked at. */
  readonly status: "ok" | "lacking" | "refused";
  /** Facts in words; of `refused` why. */
  readonly facts: readonly string[];
  /** Empty where there is nothing to do. */
  readonly remedy: string;
}

/** A region of a member. */
export interface MemberRow extends MemberPlace {
  readonly findings: readonly Finding[];
}

export interface Check {
  readonly template: Template;
  readonly api: MemberApi;
  readonly places: readonly MemberPlace[];
  readonly partition: string;
  /** The region of each member in which its roles are made. */
  readonly home: string;
  /** ARN of the policy that must bound the roles; undefined: whatever. */
  readonly boundary: string | undefined;
  readonly onRow: (done: number, of: number) => void;
}

/** Few at once, and one after the other within: the quotas of IAM and EventBridge are the account's own, and others need them. */
const AT_ONCE = 4;

/**
 * Which members lack what, one row per account and region. Reads only; what one account refuses is a fact about that
 * account, and the others are looked at all the same.
 */
export async function checkMembers(check: Check): Promise<readonly MemberRow[]> {
  let done = 0;
  return await pMap(
    check.places,
    async (place) => {
      const row = await checkMember(check, place);
      check.onRow(++done, check.places.length);
      return row;
    },
    { concurrency: AT_ONCE },
  );
}

async function checkMember(check: Check, place: MemberPlace): Promise<MemberRow> {
  const { template, partition, home, boundary } = check;
  const where = { ...place, partition, ...(boundary === undefined ? {} : { boundary }) };
  const wanted = resolveTemplate(template, where);
  // Roles are made in one region, and are the same in all: each row tells of them.
  const roles = resolveTemplate(template, { ...where, region: home }).filter(({ type }) => type === "AWS::IAM::Role");
  const findings: Finding[] = [];
  for (const rule of wanted.filter(({ type }) => type === "AWS::Events::Rule")) {
    const name = String(rule.properties.Name);
    const look = async () => judgeRule(rule.properties, await check.api.rule(place, name));
    findings.push(await finding({ kind: "rule", name, look }));
  }
  for (const { properties } of roles) {
    const name = String(properties.RoleName);
    const look = async () => judgeRole(properties, await check.api.role(place, name));
    findings.push(await finding({ kind: "role", name, look }));
  }
  for (const queue of wanted.filter(({ type }) => type === "AWS::SQS::Queue")) {
    const name = String(queue.properties.QueueName);
    const look = async () => judgeQueue(policyOf(wanted), await check.api.queue(place, name));
    findings.push(await finding({ kind: "queue", name, look }));
  }
  return { ...place, findings };
}

function policyOf(wanted: readonly Resolved[]): unknown {
  return wanted.find(({ type }) => type === "AWS::SQS::QueuePolicy")?.properties.PolicyDocument;
}

const RENDER = "Update the StackSet, or the program, with what musterbook members render prints now.";
const REDRIVE =
  "Find out what kept the events (the hub's bus, the role musterbook-forward), then delete them: the sweep has looked at their clusters since.";

async function finding(of: {
  readonly kind: Finding["kind"];
  readonly name: string;
  readonly look: () => Promise<readonly string[]>;
}): Promise<Finding> {
  const { kind, name, look } = of;
  const what = `${kind} ${name}`;
  try {
    const facts = await look();
    if (facts.length === 0) return { what, kind, status: "ok", facts, remedy: "" };
    const onlyWaits = facts.every((fact) => fact.startsWith("holds "));
    return { what, kind, status: "lacking", facts, remedy: onlyWaits ? REDRIVE : RENDER };
  } catch (error) {
    if (!(error instanceof MusterbookError)) throw error;
    return { what, kind, status: "refused", facts: [describeError(error)], remedy: error.remedy };
  }
}
