import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fixedClock } from "#fleet/clock";
import { eksToken } from "#kube/eks-token";

const NOW = "2026-11-21T10:00:00.000Z";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

/** The query parameters that aws-iam-authenticator lets pass (pkg/token, `parameterWhitelist`). */
const ALLOWED = new Set([
  ...["action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires"],
  ...["x-amz-security-token", "x-amz-signature", "x-amz-signedheaders"],
]);

function mint(over: { clusterName?: string; region?: string; sessionToken?: string } = {}): Promise<string> {
  const { clusterName = "shop-prod", region = "eu-central-1", sessionToken } = over;
  const session = sessionToken === undefined ? {} : { sessionToken };
  return eksToken({ clusterName, region, credentials: { ...credentials, ...session }, clock: fixedClock(NOW) });
}

function urlOf(token: string): URL {
  expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
  return new URL(Buffer.from(token.slice("k8s-aws-v1.".length), "base64url").toString());
}

/** What the verifier objects to, before it asks STS. */
function objections(url: URL, host: string): readonly string[] {
  const query = url.searchParams;
  const expires = Number(query.get("X-Amz-Expires"));
  return [
    url.protocol === "https:" ? [] : ["scheme"],
    url.host === host ? [] : ["host"],
    url.pathname === "/" ? [] : ["path"],
    query.get("Action") === "GetCallerIdentity" ? [] : ["action"],
    [...query.keys()].filter((name) => !ALLOWED.has(name.toLowerCase())),
    new Set(query.keys()).size === [...query.keys()].length ? [] : ["duplicate"],
    expires >= 0 && expires <= 900 ? [] : ["expires"],
    query.get("X-Amz-SignedHeaders")?.split(";").includes("x-k8s-aws-id") ? [] : ["x-k8s-aws-id is not signed"],
  ].flat();
}

/** Signature Version 4, recomputed from the URL and the headers that the verifier sends to STS. */
function signatureOf(url: URL, clusterName: string): string {
  const query = url.searchParams;
  const [, date = "", region = "", service = ""] = query.get("X-Amz-Credential")?.split("/") ?? [];
  const unsigned = url.search
    .slice(1)
    .split("&")
    .filter((pair) => !pair.startsWith("X-Amz-Signature="));
  const headers = `host:${url.host}\nx-k8s-aws-id:${clusterName}\n`;
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const canonical = ["GET", "/", unsigned.sort().join("&"), headers, query.get("X-Amz-SignedHeaders"), hash("")];
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", query.get("X-Amz-Date"), scope, hash(canonical.join("\n"))].join("\n");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${credentials.secretAccessKey}`,
  );
  return hmac(key, toSign).toString("hex");
}

describe("eksToken", () => {
  it.each([
    { region: "eu-central-1", host: "sts.eu-central-1.amazonaws.com" },
    { region: "us-gov-west-1", host: "sts.us-gov-west-1.amazonaws.com" },
    { region: "cn-north-1", host: "sts.cn-north-1.amazonaws.com.cn" },
  ])("passes the verifier's checks in $region", async ({ region, host }) => {
    expect(objections(urlOf(await mint({ region })), host)).toEqual([]);
  });

  it("signs exactly the host and the cluster's name", async () => {
    const query = urlOf(await mint()).searchParams;
    expect(query.get("X-Amz-SignedHeaders")).toBe("host;x-k8s-aws-id");
    expect(query.get("X-Amz-Date")).toBe("20261121T100000Z");
    expect(query.get("X-Amz-Credential")).toBe("AKIDEXAMPLE/20261121/eu-central-1/sts/aws4_request");
  });

  it("has the signature that STS computes, whatever the session token", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/),
        fc.option(fc.stringMatching(/^[A-Za-z0-9+/=!'()*]{1,300}$/), { nil: undefined }),
        async (clusterName, sessionToken) => {
          const url = urlOf(await mint({ clusterName, ...(sessionToken === undefined ? {} : { sessionToken }) }));
          expect(url.searchParams.get("X-Amz-Signature")).toBe(signatureOf(url, clusterName));
          expect(url.searchParams.get("X-Amz-Security-Token") ?? undefined).toBe(sessionToken);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("does not hold for another cluster", async () => {
    const url = urlOf(await mint({ clusterName: "shop-prod" }));
    expect(url.searchParams.get("X-Amz-Signature")).not.toBe(signatureOf(url, "shop-test"));
  });

  it("takes a session token of 1000 characters, and refuses what EKS would refuse", async () => {
    await expect(mint({ sessionToken: "a".repeat(1000) })).resolves.toMatch(/^k8s-aws-v1\./);
    await expect(mint({ sessionToken: "/".repeat(1200) })).rejects.toMatchObject({
      name: "TerminalError",
      reason: "token-too-long",
      message: expect.stringContaining("4096"),
    });
  });
});
