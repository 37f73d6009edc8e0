import { badRequest } from "#local/kubernetes/failure";
import type { KubeObject } from "#onboard/ports";

type Labels = Readonly<Record<string, string>>;
type Match = (labels: Labels) => boolean;

const SET_BASED = /^(?<key>[^\s!=,()]+)\s+(?<operator>in|notin)\s*\((?<values>[^()]*)\)$/;
const EQUALITY = /^(?<key>[^\s!=,()]+)\s*(?<operator>==|=|!=)\s*(?<value>[^\s!=,()]*)$/;
const EXISTENCE = /^(?<not>!?)\s*(?<key>[^\s!=,()]+)$/;

/** A label selector, equality or set based (`a=b,c!=d,e in (f,g),h notin (i),j,!k`). KubeFailure 400 when it is none. */
export function labelMatcher(selector: string): Match {
  const matches = splitOutsideParentheses(selector).map(requirement);
  return (labels) => matches.every((match) => match(labels));
}

function splitOutsideParentheses(selector: string): readonly string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function requirement(text: string): Match {
  const set = SET_BASED.exec(text)?.groups;
  if (set !== undefined) {
    const { key = "", operator, values = "" } = set;
    const wanted = new Set(values.split(",").map((value) => value.trim()));
    return (labels) => (labels[key] !== undefined && wanted.has(labels[key])) === (operator === "in");
  }
  const equality = EQUALITY.exec(text)?.groups;
  if (equality !== undefined) {
    const { key = "", operator, value } = equality;
    return (labels) => (labels[key] === value) === (operator !== "!=");
  }
  const existence = EXISTENCE.exec(text)?.groups;
  if (existence === undefined) throw badRequest(`unable to parse requirement: ${text}`);
  const { key = "", not } = existence;
  return (labels) => (labels[key] !== undefined) === (not === "");
}

/** A field selector on `metadata.name` or `metadata.namespace`, and on nothing else. */
export function fieldMatcher(selector: string): (object: KubeObject) => boolean {
  const tests = selector
    .split(",")
    .filter((part) => part !== "")
    .map((part) => {
      const { key, operator, value } = EQUALITY.exec(part.trim())?.groups ?? {};
      if (key !== "metadata.name" && key !== "metadata.namespace") {
        throw badRequest(`field label not supported: ${key ?? part}`);
      }
      const field = key === "metadata.name" ? "name" : "namespace";
      return (object: KubeObject) => (object.metadata[field] === value) === (operator !== "!=");
    });
  return (object) => tests.every((test) => test(object));
}
