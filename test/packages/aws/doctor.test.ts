import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { awsDoctor } from "#aws/doctor";
import { FleetConfig } from "#config/fleet-config";
import type { Facts } from "#doctor/facts";
import { fixedClock } from "#fleet/clock";
import { type AwsServer, type Call, fault, json, type Reply, serveAws } from "#test/fakes/aws-server";
import { FLEET } from "#test/stacks/graph";

const ROLE = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/Admin";
const SESSION = { account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/Admin/me" };

let server: AwsServer;
let facts: Facts;
let calls: Call[];
let answer: (call: Call) => Reply;

beforeEach(async () => {
  calls = [];
  server = await serveAws((call) => {
    calls.push(call);
    return answer(call);
  });
  const credentials = { accessKeyId: "x", secretAccessKey: "x" };
  const scope = { region: "eu-west-1", endpoint: server.url, credentials };
  facts = awsDoctor({ scope, config: v.parse(FleetConfig, FLEET), clock: fixedClock("2026-11-21T12:00:00Z") });
});

afterEach(() => server.close());

const action = ({ body }: Call) => new URLSearchParams(body).get("Action");

function xml(name: string, text: string): Reply {
  const body = `<${name}Response><${name}Result>${text}</${name}Result></${name}Response>`;
  return { status: 200, headers: { "content-type": "text/xml" }, body };
}

describe("the doctor's questions", () => {
  it("simulate the role of a session, whatever its path, page by page", async () => {
    const result = (name: string, decision: string) =>
      `<member><EvalActionName>${name}</EvalActionName><EvalDecision>${decision}</EvalDecision></member>`;
    answer = (call) => {
      if (action(call) === "GetRole")
        return xml("GetRole", `<Role><Arn>${ROLE}</Arn><RoleName>Admin</RoleName></Role>`);
      const isFirst = new URLSearchParams(call.body).get("Marker") === null;
      const page = isFirst ? result("iam:PassRole", "implicitDeny") : result("sqs:CreateQueue", "explicitDeny");
      const more = isFirst ? "<IsTruncated>true</IsTruncated><Marker>m</Marker>" : "<IsTruncated>false</IsTruncated>";
      const allowed = result("sns:CreateTopic", "allowed");
      return xml("SimulatePrincipalPolicy", `<EvaluationResults>${allowed}${page}</EvaluationResults>${more}`);
    };

    expect(await facts.denied(SESSION, ["iam:PassRole"])).toEqual(["iam:PassRole", "sqs:CreateQueue"]);
    const [, simulated] = calls;
    expect(new URLSearchParams(simulated?.body).get("PolicySourceArn")).toBe(ROLE);
  });

  it("simulate nothing of the account's root, which may everything", async () => {
    expect(await facts.denied({ account: "111122223333", arn: "arn:aws:iam::111122223333:root" }, ["a:B"])).toEqual([]);
    expect(calls).toEqual([]);
  });

  it("read Lambda's limits", async () => {
    const AccountLimit = { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 900 };
    answer = ({ method, path }) =>
      method === "GET" && path.endsWith("/account-settings")
        ? json(200, { AccountLimit })
        : fault(500, "Unasked", path);

    expect(await facts.concurrency()).toEqual({ limit: 1000, unreserved: 900 });
  });

  it("hold the clusters of a region against its quota", async () => {
    answer = (call) => {
      if (call.service === "sts") return xml("GetCallerIdentity", "<Account>111122223333</Account><Arn>a</Arn>");
      if (call.service === "eks") return json(200, { clusters: ["a", "b"], nextToken: null });
      const { ServiceCode, QuotaCode } = JSON.parse(call.body);
      expect([call.service, call.headers["x-amz-target"], ServiceCode, QuotaCode, call.region]).toEqual([
        ...["servicequotas", "ServiceQuotasV20190624.GetServiceQuota", "eks", "L-1194D53C", "us-east-1"],
      ]);
      return json(200, { Quota: { Value: 100 } });
    };

    expect(await facts.clusterQuota("us-east-1")).toEqual({ limit: 100, used: 2 });
  });

  it("take the time of AWS's answer, and not this machine's", async () => {
    answer = () => {
      const reply = xml("GetCallerIdentity", "<Account>111122223333</Account><Arn>a</Arn>");
      return { ...reply, headers: { ...reply.headers, date: "Sat, 21 Nov 2026 12:00:07 GMT" } };
    };

    expect(await facts.time()).toEqual(new Date("2026-11-21T12:00:07Z"));
  });

  it("follow a trail to its own region", async () => {
    answer = ({ headers, region }) => {
      const call = headers["x-amz-target"]?.split(".").at(-1);
      const trail = {
        Name: "org",
        TrailARN: "arn:aws:cloudtrail:us-east-1:999999999999:trail/org",
        HomeRegion: "us-east-1",
      };
      if (call === "DescribeTrails") return json(200, { trailList: [trail] });
      if (region !== "us-east-1") return fault(400, "TrailNotFoundException", "not here");
      if (call === "GetTrailStatus") return json(200, { IsLogging: true });
      return json(200, { EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: "ReadOnly" }] });
    };

    expect(await facts.trails("eu-west-1")).toEqual([{ name: "org", logging: true, managementWrites: false }]);
  });

  const refusals: readonly (readonly [keyof Facts, (of: Facts) => Promise<unknown>, string])[] = [
    ["trails", (of) => of.trails("eu-west-1"), "cloudtrail:DescribeTrails on *"],
    ["concurrency", (of) => of.concurrency(), "lambda:GetAccountSettings on *"],
    ["denied", (of) => of.denied(SESSION, ["a:B"]), "iam:GetRole on role/Admin"],
    ["zones", (of) => of.zones("obs.example.com"), "route53:ListHostedZonesByName on obs.example.com"],
    ["clusterVpc", (of) => of.clusterVpc(FLEET.observer.cluster), `eks:DescribeCluster on ${FLEET.observer.cluster}`],
    ["thanosVersion", (of) => of.thanosVersion(), `eks:DescribeCluster on ${FLEET.observer.cluster}`],
    ["lifecycle", (of) => of.lifecycle(BUCKET), "s3:GetLifecycleConfiguration on arn:aws:s3:::blocks"],
    ["encryption", (of) => of.encryption(BUCKET), "s3:GetEncryptionConfiguration on arn:aws:s3:::blocks"],
    ["tellsEventBridge", (of) => of.tellsEventBridge(BUCKET), "s3:GetBucketNotification on arn:aws:s3:::blocks"],
    ["bucketRegion", (of) => of.bucketRegion(BUCKET), "s3:ListBucket on arn:aws:s3:::blocks"],
  ];

  it.each(refusals)("that are refused name the action that is missing: %s", async (_name, ask, missing) => {
    answer = ({ service, headers }) => {
      if (service === "cloudtrail" || headers["x-amz-target"] !== undefined)
        return json(400, { __type: "AccessDeniedException", message: "no" });
      if (service === "eks" || service === "lambda") return fault(403, "AccessDeniedException", "no");
      const body = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";
      const wrapped = service === "s3" ? body : `<ErrorResponse>${body}</ErrorResponse>`;
      return { status: 403, headers: { "content-type": "text/xml" }, body: wrapped };
    };

    await expect(ask(facts)).rejects.toMatchObject({ reason: "forbidden", message: expect.stringContaining(missing) });
  });
});

const BUCKET = { name: "blocks", region: "eu-west-1" };
