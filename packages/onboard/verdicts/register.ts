import type { RefusalReason } from "#onboard/state";
import type { PlanInput, Verdict } from "#onboard/verdict";
import { notLookedAt, stop } from "#onboard/verdicts/common";

export function ready({ state: { ready: found } }: PlanInput): Verdict {
  switch (found.status) {
    case "ready":
      return undefined;
    case "waiting": {
      const lines = found.missing.map(({ what, since }) => (since === null ? what : `${what} (since ${since})`));
      return { wait: "not-ready", at: "ready", message: lines.join("; "), until: "soon" };
    }
    case "forbidden":
      return stop("ready", "forbidden", found.message, found.remedy);
    case "unobserved":
      return notLookedAt("ready");
  }
}

export function dns({ state: { dns: found } }: PlanInput): Verdict {
  switch (found.status) {
    case "current":
      return undefined;
    case "missing":
      return { do: "dns", because: "the endpoint has no name" };
    case "wrong":
      return { do: "dns", because: `the name points to ${found.target}` };
    case "unconfirmed":
      return { do: "dns", because: `whether change ${found.changeId ?? "(unknown)"} is in sync is not known` };
    case "pending-change":
      return { wait: "dns-pending", at: "dns", message: `change ${found.changeId} is not in sync yet`, until: "soon" };
    case "foreign": {
      const remedy = "remove the record, or rename one of the clusters";
      return stop(
        "dns",
        "foreign-record",
        `the name belongs to ${found.owner ?? "somebody who left no marker"}`,
        remedy,
      );
    }
    case "unobserved":
      return notLookedAt("dns");
  }
}

export function register({ state: { listing: found } }: PlanInput): Verdict {
  switch (found.status) {
    case "listed":
      return undefined;
    case "not-listed":
      return { do: "register", because: "the endpoint is not to be on the store list yet" };
    case "unpublished":
      return {
        wait: "unpublished",
        at: "register",
        message: "the store list does not hold the endpoint yet",
        until: "soon",
      };
  }
}

export function prove({ state: { proof: found } }: PlanInput): Verdict {
  if (found.status === "proven") return undefined;
  if (found.status === "unobserved") return notLookedAt("prove");
  const { reason, message, remedy } = found;
  return NEEDS_A_PERSON.has(reason)
    ? stop("prove", reason, message, remedy)
    : { wait: reason, at: "prove", message: `${message} (${remedy})`, until: "soon" };
}

const NEEDS_A_PERSON: ReadonlySet<RefusalReason> = new Set(["proxy-forbidden", "querier-bad-reply", "labels-differ"]);
