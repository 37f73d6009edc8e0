import { describe, expect, it } from "vitest";
import type { LifecycleRule, Zone } from "#doctor/facts";
import {
  judgeClock,
  judgeClusterQuota,
  judgeConcurrency,
  judgeIdentity,
  judgeRights,
  judgeSubscriptions,
  judgeTrails,
} from "#doctor/judge-account";
import { judgeEncryption, judgeLifecycle, judgeNotifications, judgeRegion } from "#doctor/judge-bucket";
import { judgeChart, judgeThanos, judgeZone } from "#doctor/judge-fleet";
import type { Verdict } from "#doctor/line";

/** Status and text of a verdict; one that is not ok says what to do. */
function brief({ status, text, remedy }: Verdict): string {
  expect(remedy === "").toBe(status === "ok");
  return `${status}: ${text}`;
}

describe("the doctor on the account", () => {
  const me = { account: "111122223333", arn: "arn:aws:iam::111122223333:user/me" };

  it.each([
    [undefined, "ok: arn:aws:iam::111122223333:user/me"],
    ["111122223333", "ok: arn:aws:iam::111122223333:user/me"],
    [
      "444455556666",
      "failure: arn:aws:iam::111122223333:user/me is of account 111122223333, and principalArn says that the hub is 444455556666",
    ],
  ])("wants credentials of the hub %s", (hub, expected) => {
    expect(brief(judgeIdentity(me, hub))).toBe(expected);
  });

  const at = (seconds: number) => new Date(Date.UTC(2026, 10, 21, 12) + seconds * 1000);

  it.each([
    [0, "ok: this machine and AWS agree on the time"],
    [30, "ok: this machine and AWS agree on the time"],
    [31, "warning: this machine's clock is 31 s ahead of AWS's"],
    [-90, "warning: this machine's clock is 90 s behind AWS's"],
    [299, "warning: this machine's clock is 299 s ahead of AWS's"],
    [300, "failure: this machine's clock is 300 s ahead of AWS's: requests are refused from 300 s on"],
  ])("judges a clock that is %i s ahead", (seconds, expected) => {
    expect(brief(judgeClock(at(0), at(seconds)))).toBe(expected);
  });

  const trail = { name: "all", logging: true, managementWrites: true };

  it.each([
    [
      "that records management events",
      [{ ...trail, logging: false, name: "old" }, trail],
      "ok: all records management events",
    ],
    ["that is stopped", [{ ...trail, logging: false }], "warning: all is stopped"],
    ["for data alone", [{ ...trail, managementWrites: false }], "warning: all records no management writes"],
    ["that is not there", [], "warning: no trail covers this region"],
  ])("judges a trail %s", (_, trails, expected) => {
    expect(brief(judgeTrails(trails, "eu-west-1"))).toBe(expected);
  });

  it.each([
    [1000, 978, "ok"],
    [122, 122, "ok"],
    [121, 121, "failure"],
    [10, 10, "failure"],
  ])("judges a limit of %i executions at once, where 22 are to be reserved", (limit, unreserved, status) => {
    expect(judgeConcurrency({ limit, unreserved }, 22).status).toBe(status);
  });

  it.each([
    [89, "ok: 89 of 100 clusters"],
    [90, "warning: 90 of 100 clusters"],
  ])("judges a quota of which %i are used", (used, expected) => {
    expect(brief(judgeClusterQuota({ limit: 100, used }))).toBe(expected);
  });

  it("names the rights that are missing", () => {
    expect(brief(judgeRights([], 11))).toBe("ok: you may do the 11 things that a deploy begins with");
    expect(brief(judgeRights(["iam:CreateRole"], 11))).toBe("failure: you may not iam:CreateRole");
  });

  const mail = (endpoint: string, confirmed = true) => ({ endpoint, protocol: "email", confirmed });

  it.each([
    ["before the deploy", undefined, ["a@example.com"], "ok: not deployed yet"],
    ["that are confirmed", [mail("a@example.com")], ["a@example.com"], "ok: 1 confirmed"],
    [
      "that one has not confirmed",
      [mail("a@example.com"), mail("b@example.com", false)],
      ["a@example.com"],
      "failure: b@example.com did not confirm: no alarm arrives there",
    ],
    ["that one lacks", [], ["a@example.com"], "failure: a@example.com has no subscription"],
    ["of nobody", [], [], "warning: nobody is told of alarms"],
  ])("judges subscriptions %s", (_, found, operators, expected) => {
    expect(brief(judgeSubscriptions(found, operators))).toBe(expected);
  });
});

describe("the doctor on the fleet", () => {
  const zone: Zone = { id: "Z1", isPrivate: true, vpcs: ["vpc-0abc"] };

  it.each([
    ["that answers the observer", [zone], "vpc-0abc", "ok: Z1 is private and answers in the observer's vpc-0abc"],
    [
      "with a public namesake",
      [{ ...zone, isPrivate: false }, zone],
      "vpc-0abc",
      "ok: Z1 is private and answers in the observer's vpc-0abc",
    ],
    ["that is not there", [], "vpc-0abc", "failure: there is no such zone"],
    [
      "that is public",
      [{ ...zone, isPrivate: false }],
      "vpc-0abc",
      "failure: the zone is public: names of clusters would be too",
    ],
    [
      "that is there twice",
      [zone, { ...zone, id: "Z2" }],
      "vpc-0abc",
      "failure: there are 2 private zones of this name: Z1, Z2",
    ],
    ["of another VPC", [zone], "vpc-0def", "failure: Z1 does not answer in the observer's vpc-0def"],
    ["of which not all may be known", [zone], undefined, "warning: Z1 is private; the observer's VPC is not known"],
  ])("judges a zone %s", (_, zones, vpc, expected) => {
    expect(brief(judgeZone("obs.example.com", zones, vpc))).toBe(expected);
  });

  it.each([
    ["0.42.4", "ok: the central Querier is 0.42.4"],
    ["v0.42.0", "ok: the central Querier is v0.42.0"],
    ["0.42.0-rc.1", "ok: the central Querier is 0.42.0-rc.1"],
    ["0.41.0", "failure: the central Querier is 0.41.0"],
    ["main", "warning: the central Querier does not tell its version"],
    [undefined, "warning: the central Querier does not tell its version"],
  ])("judges Thanos %s", (version, expected) => {
    expect(brief(judgeThanos(version))).toBe(expected);
  });

  it.each([
    ["verified", "ok: 88.5.3 is here, with the pinned digest"],
    ["absent", "warning: 88.5.3 is not here: deployed so, clusters of mode manage wait with chart-absent"],
    ["unpinned", "warning: 88.5.3 is here, and charts.json pins no digest"],
    ["changed", "failure: 88.5.3 is not the file that was pinned"],
  ] as const)("finds a chart that is %s", (state, expected) => {
    expect(brief(judgeChart({ name: "kube-prometheus-stack", version: "88.5.3", state }))).toBe(expected);
  });
});

describe("the doctor on a bucket", () => {
  const bucket = { name: "blocks", region: "eu-west-1" };

  it.each([
    ["eu-west-1", "ok: in eu-west-1"],
    ["us-east-1", "failure: in us-east-1, and the configuration says eu-west-1"],
    [undefined, "failure: there is no such bucket"],
  ])("finds it in %s", (region, expected) => {
    expect(brief(judgeRegion(bucket, region))).toBe(expected);
  });

  it.each([
    [{ algorithm: "AES256", key: null }, /^ok: encrypted with AES256$/],
    [{ algorithm: "aws:kms", key: "arn:aws:kms:k" }, /^ok: encrypted with KMS, arn:aws:kms:k: .*kms:Decrypt$/],
    [undefined, /^warning: objects are not encrypted/],
  ])("judges its encryption %o", (found, expected) => {
    expect(brief(judgeEncryption(found))).toMatch(expected);
  });

  const rule = (changes: Partial<LifecycleRule>): LifecycleRule => ({
    ...{ id: "r", prefix: "", byTags: false, expires: false, classes: [], ...changes },
  });

  it.each([
    ["no rule", [], "", "ok"],
    ["one that only aborts uploads", [rule({})], "", "ok"],
    ["one that deletes everything", [rule({ expires: true })], "", "failure"],
    ["one that deletes this prefix", [rule({ expires: true, prefix: "prod/" })], "prod/", "failure"],
    ["one that deletes a part of this prefix", [rule({ expires: true, prefix: "pro" })], "prod/", "failure"],
    ["one that deletes some blocks", [rule({ expires: true, prefix: "prod/01" })], "prod/", "failure"],
    ["one that deletes another prefix", [rule({ expires: true, prefix: "dev/" })], "prod/", "ok"],
    ["one that deletes what is no block", [rule({ expires: true, prefix: "debug/" })], "", "ok"],
    ["one for objects with a tag, which blocks have not", [rule({ expires: true, byTags: true })], "", "ok"],
    ["one that archives", [rule({ classes: ["STANDARD_IA", "GLACIER"] })], "", "failure"],
    ["one that archives deeply", [rule({ classes: ["DEEP_ARCHIVE"] })], "", "failure"],
    ["one that makes reads cost", [rule({ classes: ["GLACIER_IR"] })], "", "warning"],
    ["one that tiers by itself", [rule({ classes: ["INTELLIGENT_TIERING"] })], "", "ok"],
  ])("judges %s", (_, rules, prefix, status) => {
    const verdict = judgeLifecycle(rules, prefix);
    expect(brief(verdict)).toMatch(new RegExp(`^${status}: `));
  });

  it("wants it to tell EventBridge, and says what is lost without", () => {
    expect(brief(judgeNotifications(true, "blocks"))).toBe("ok: tells EventBridge of new blocks");
    expect(judgeNotifications(false, "blocks").remedy).toContain("within five minutes");
  });
});
