import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eksClusters } from "#aws/eks-clusters";
import { clusterRef } from "#fleet/cluster";
import type { ClusterApi } from "#onboard/ports";
import { type AwsServer, type Call, fault, json, type Reply, serveAws } from "#test/fakes/aws-server";

const ref = clusterRef({ account: "111122223333", region: "eu-west-1", name: "prod-a" });
const ROLE = "arn:aws:iam::111122223333:role/musterbook";
const ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy";
const ACTIVE = { name: ref.name, arn: ref.arn, status: "ACTIVE", createdAt: 1795255200.123, version: "1.36" };

/** What EKS answers, by `METHOD path`; the query is the call's. */
let answers: Readonly<Record<string, Reply | ((call: Call) => Reply)>>;
let eks: AwsServer;
let api: ClusterApi;

beforeEach(async () => {
  eks = await serveAws((call) => {
    const answer = answers[`${call.method} ${decodeURIComponent(call.path.split("?")[0] ?? "")}`];
    return typeof answer === "function" ? answer(call) : (answer ?? fault(500, "ServerException", "not expected"));
  });
  const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
  const reach = async ({ region }: { region: string }) => ({ region, endpoint: eks.url, credentials });
  api = eksClusters({ accounts: { reach } });
});

afterEach(() => eks.close());

function described(over: object): Readonly<Record<string, Reply>> {
  return { "GET /clusters/prod-a": json(200, { cluster: { ...ACTIVE, ...over } }) };
}

const absent = fault(404, "ResourceNotFoundException", "No cluster found");

describe("a listing of EKS", () => {
  const firstPage = json(200, { clusters: ["prod-a"], nextToken: "one" });

  function secondPage(reply: Reply) {
    return { "GET /clusters": ({ query }: Call) => (query.get("nextToken") === null ? firstPage : reply) };
  }

  it("follows the token of the answer", async () => {
    const tokens: (string | null)[] = [];
    answers = {
      "GET /clusters": ({ query }) => {
        tokens.push(query.get("nextToken"));
        const pages = [firstPage, json(200, { clusters: [], nextToken: "two" }), json(200, { clusters: ["prod-b"] })];
        return pages[tokens.length - 1] ?? absent;
      },
    };
    const refs = await api.list(ref);

    expect(tokens).toEqual([null, "one", "two"]);
    expect(refs.map(({ name }) => name)).toEqual(["prod-a", "prod-b"]);
  });

  it.each([
    ["is throttled", fault(429, "ThrottlingException", "slow down"), { reason: "throttled", name: "RetryableError" }],
    ["is refused", fault(403, "AccessDeniedException", "no"), { reason: "forbidden", name: "TerminalError" }],
    ["is not found", absent, { reason: "refused", name: "TerminalError" }],
    ["fails", fault(500, "ServerException", "oops"), { reason: "server-error", name: "RetryableError" }],
    ["has no names", json(200, {}), { reason: "unreadable", name: "TerminalError" }],
    ["is cut off", { ...json(200, {}), body: '{"clusters":["prod-' }, { reason: "unreachable" }],
    ["comes again and again", firstPage, { reason: "paging", name: "RetryableError" }],
  ])("is no listing when its second page %s", async (_, reply, error) => {
    answers = secondPage(reply);
    await expect(api.list(ref)).rejects.toMatchObject(error);
  });
});

describe("a description of EKS", () => {
  it("is read in full", async () => {
    answers = described({
      endpoint: "https://x.eks.amazonaws.com",
      certificateAuthority: { data: "Y2E=" },
      accessConfig: { authenticationMode: "API" },
      resourcesVpcConfig: {
        vpcId: "vpc-1",
        endpointPublicAccess: true,
        endpointPrivateAccess: true,
        publicAccessCidrs: ["192.0.2.0/24"],
      },
      computeConfig: { enabled: true },
      kubernetesNetworkConfig: { elasticLoadBalancing: { enabled: true } },
      tags: { stage: "prod" },
    });
    expect(await api.describe(ref)).toEqual({
      ref,
      status: "ACTIVE",
      createdAt: "2026-11-21T10:00:00.123Z",
      version: "1.36",
      endpoint: "https://x.eks.amazonaws.com",
      certificateAuthority: "Y2E=",
      authenticationMode: "API",
      endpointPublicAccess: true,
      endpointPrivateAccess: true,
      publicAccessCidrs: ["192.0.2.0/24"],
      vpcId: "vpc-1",
      autoMode: true,
      tags: { stage: "prod" },
    });
  });

  it("of a cluster older than access entries has the mode that such clusters have", async () => {
    answers = described({});
    expect(await api.describe(ref)).toMatchObject({ authenticationMode: "CONFIG_MAP", autoMode: false, tags: {} });
  });

  it("is absence in EKS's own words only", async () => {
    answers = { "GET /clusters/prod-a": absent };
    expect(await api.describe(ref)).toBeUndefined();

    answers = {
      "GET /clusters/prod-a": { status: 404, headers: { "content-type": "text/html" }, body: "<h1>404</h1>" },
    };
    await expect(api.describe(ref)).rejects.toMatchObject({ name: "TerminalError", reason: "refused" });

    answers = { "GET /clusters/prod-a": json(200, {}) };
    await expect(api.describe(ref)).rejects.toMatchObject({ name: "TerminalError", reason: "unreadable" });
  });

  it("is not believed of a cluster of another account", async () => {
    answers = described({ arn: ref.arn.replace(ref.account, "444455556666") });
    await expect(api.describe(ref)).rejects.toMatchObject({
      reason: "wrong-account",
      message: expect.stringMatching(/111122223333.*444455556666/),
    });
  });

  it("is not guessed at when it has a status that is new to us", async () => {
    answers = described({ status: "HIBERNATING" });
    await expect(api.describe(ref)).rejects.toMatchObject({
      reason: "unreadable",
      remedy: expect.stringContaining("status"),
    });
  });
});

describe("an access entry of EKS", () => {
  const ENTRIES = "/clusters/prod-a/access-entries";
  const POLICIES = `${ENTRIES}/${ROLE}/access-policies`;
  const exists = fault(409, "ResourceInUseException", "exists");

  it("that is there gets the policy", async () => {
    const given: unknown[] = [];
    answers = {
      [`POST ${ENTRIES}`]: exists,
      [`POST ${POLICIES}`]: ({ body }) => {
        given.push(JSON.parse(body));
        return json(200, {});
      },
    };
    await api.grantAccess(ref, ROLE, ADMIN);
    expect(given).toEqual([{ policyArn: ADMIN, accessScope: { type: "cluster" } }]);
  });

  it("that was just made may not be there yet: that is tried again", async () => {
    answers = { [`POST ${ENTRIES}`]: json(200, {}), [`POST ${POLICIES}`]: absent };
    const granting = api.grantAccess(ref, ROLE, ADMIN);
    await expect(granting).rejects.toMatchObject({ name: "RetryableError", reason: "unsettled" });
  });

  it("that may not be made says which right is missing", async () => {
    answers = { [`POST ${ENTRIES}`]: fault(403, "AccessDeniedException", "no") };
    await expect(api.grantAccess(ref, ROLE, ADMIN)).rejects.toMatchObject({
      reason: "forbidden",
      message: expect.stringContaining(`eks:CreateAccessEntry on ${ref.arn}`),
    });

    answers = { [`POST ${ENTRIES}`]: exists, [`POST ${POLICIES}`]: fault(403, "AccessDeniedException", "no") };
    const entry = "arn:aws:eks:eu-west-1:111122223333:access-entry/prod-a/role/111122223333/musterbook/*";
    await expect(api.grantAccess(ref, ROLE, ADMIN)).rejects.toMatchObject({
      reason: "forbidden",
      message: expect.stringContaining(`eks:AssociateAccessPolicy on ${entry}`),
    });
  });

  it("is refused for the mode only when that is the mode", async () => {
    const refused = fault(400, "InvalidRequestException", "something else");
    answers = { ...described({ accessConfig: { authenticationMode: "API" } }), [`POST ${ENTRIES}`]: refused };
    await expect(api.grantAccess(ref, ROLE, ADMIN)).rejects.toMatchObject({ reason: "refused" });

    answers = { ...described({ accessConfig: { authenticationMode: "CONFIG_MAP" } }), [`POST ${ENTRIES}`]: refused };
    await expect(api.grantAccess(ref, ROLE, ADMIN)).rejects.toMatchObject({
      reason: "config-map-only",
      remedy: expect.stringContaining("authenticationMode=API_AND_CONFIG_MAP"),
    });
  });

  it("has the policies of all pages", async () => {
    const view = ADMIN.replace("ClusterAdmin", "View");
    answers = {
      [`GET ${POLICIES}`]: ({ query }) =>
        query.get("nextToken") === null
          ? json(200, { associatedAccessPolicies: [{ policyArn: view }], nextToken: "one" })
          : json(200, { associatedAccessPolicies: [{ policyArn: ADMIN }] }),
    };
    expect(await api.accessPolicies(ref, ROLE)).toEqual([view, ADMIN]);
  });

  it("is missing only on a cluster that is there", async () => {
    answers = { ...described({}), [`GET ${POLICIES}`]: absent };
    expect(await api.accessPolicies(ref, ROLE)).toBeUndefined();

    answers = { "GET /clusters/prod-a": absent, [`GET ${POLICIES}`]: absent };
    await expect(api.accessPolicies(ref, ROLE)).rejects.toMatchObject({ reason: "cluster-absent" });

    answers = { "GET /clusters/prod-a": fault(403, "AccessDeniedException", "no"), [`GET ${POLICIES}`]: absent };
    await expect(api.accessPolicies(ref, ROLE)).rejects.toMatchObject({ reason: "forbidden" });
  });
});
