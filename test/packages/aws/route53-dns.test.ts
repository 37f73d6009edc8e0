import { Route53Client } from "@aws-sdk/client-route-53";
import { describe, expect, it, onTestFinished } from "vitest";
import { type AwsScope, awsConfig } from "#aws/config";
import { route53Client } from "#aws/route53-client";
import { route53Dns } from "#aws/route53-dns";
import { type HttpAnswer, type HttpRequest, httpServer } from "#test/fakes/http-server";

const NAME = "thanos.dev-7.obs.example.com";
const TARGET = "nlb-1.elb.eu-west-1.amazonaws.com";
const OWNER = "arn:aws:eks:eu-west-1:111122223333:cluster/dev-7";
const RECORD = { name: NAME, target: TARGET, owner: OWNER };

async function answering(answer: (request: HttpRequest) => HttpAnswer, makeClient = route53Client) {
  const server = await httpServer(answer);
  onTestFinished(() => server.close());
  const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
  const client = makeClient({ region: "eu-west-1", endpoint: server.endpoint, credentials });
  return { dns: route53Dns({ client, zoneId: "Z1" }), requests: server.requests };
}

function xml(status: number, root: string, inner: string): HttpAnswer {
  const body = `<?xml version="1.0"?><${root} xmlns="https://route53.amazonaws.com/doc/2013-04-01/">${inner}</${root}>`;
  return { status, body, headers: { "content-type": "text/xml" } };
}

function fault(status: number, code: string): HttpAnswer {
  return xml(status, "ErrorResponse", `<Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error>`);
}

function set(name: string, type: string, ...values: readonly string[]): string {
  const records = values.map((value) => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`).join("");
  return `<ResourceRecordSet><Name>${name}</Name><Type>${type}</Type><TTL>60</TTL><ResourceRecords>${records}</ResourceRecords></ResourceRecordSet>`;
}

/** A page of the zone; `next` is the name that the page after it begins with. */
function page(sets: readonly string[], next?: string): HttpAnswer {
  const more = next === undefined ? "" : `<NextRecordName>${next}</NextRecordName><NextRecordType>TXT</NextRecordType>`;
  const end = `<IsTruncated>${next !== undefined}</IsTruncated><MaxItems>10</MaxItems>${more}`;
  return xml(200, "ListResourceRecordSetsResponse", `<ResourceRecordSets>${sets.join("")}</ResourceRecordSets>${end}`);
}

const MARKER = set(`_musterbook.${NAME}.`, "TXT", `"heritage=musterbook,musterbook/owner=${OWNER}"`);
const ACCEPTED = xml(
  200,
  "ChangeResourceRecordSetsResponse",
  "<ChangeInfo><Id>/change/C123</Id><Status>PENDING</Status><SubmittedAt>2026-11-21T10:00:00Z</SubmittedAt></ChangeInfo>",
);
const isList = ({ method }: HttpRequest) => method === "GET";

describe("looking up a name in Route53", () => {
  it("takes the listing's next name, where the asked one is absent, for what it is", async () => {
    const { dns } = await answering(() => page([set("thanos.dev-8.obs.example.com.", "CNAME", TARGET)]));
    expect(await dns.find(NAME)).toBeUndefined();
  });

  it("asks once for a record with its marker", async () => {
    const { dns, requests } = await answering(() => page([set(`${NAME}.`, "CNAME", `${TARGET}.`), MARKER]));
    expect(await dns.find(NAME)).toEqual(RECORD);
    expect(requests.map(({ query }) => query.get("name"))).toEqual([NAME]);
  });

  it("reads on until the names end that stand below", async () => {
    const { dns, requests } = await answering(({ query }) =>
      query.get("name") === NAME
        ? page([set(`${NAME}.`, "CNAME", TARGET)], `_musterbook.${NAME}.`)
        : page([MARKER, set("www.obs.example.com.", "CNAME", TARGET)], "zzz.obs.example.com."),
    );
    expect(await dns.find(NAME)).toEqual(RECORD);
    expect(requests).toHaveLength(2);
  });

  it("knows a wildcard by its escaped name", async () => {
    const { dns } = await answering(() => page([set("\\052.obs.example.com.", "CNAME", TARGET)]));
    expect(await dns.find("*.obs.example.com")).toMatchObject({ target: TARGET, owner: null });
  });

  it("keeps the case of a load balancer's name, and minds none in names of the zone", async () => {
    const { dns } = await answering(() => page([set(`${NAME.toUpperCase()}.`, "CNAME", "NLB-1.elb.amazonaws.com")]));
    expect(await dns.find(NAME)).toMatchObject({ target: "NLB-1.elb.amazonaws.com" });
  });

  it.each([
    ["a marker of two values", set(`_musterbook.${NAME}.`, "TXT", '"heritage=musterbook,musterbook/owner=a"', '"b"')],
    ["external-dns's marker", set(`_musterbook.${NAME}.`, "TXT", '"heritage=external-dns,external-dns/owner=me"')],
    ["a marker without owner", set(`_musterbook.${NAME}.`, "TXT", '"heritage=musterbook,musterbook/owner="')],
    ["something else than a TXT record", set(`_musterbook.${NAME}.`, "CNAME", "elsewhere.example.com")],
  ])("takes a name with %s for nobody's", async (_, marker) => {
    const { dns } = await answering(() => page([set(`${NAME}.`, "CNAME", TARGET), marker]));
    expect(await dns.find(NAME)).toMatchObject({ owner: null });
    await expect(dns.upsert(RECORD)).rejects.toMatchObject({ reason: "dns-foreign-record" });
  });

  it("throws when a page is truncated and names no other page", async () => {
    const { dns } = await answering(() => page([set(`${NAME}.`, "CNAME", TARGET)], NAME));
    await expect(dns.find(NAME)).rejects.toMatchObject({ name: "RetryableError", reason: "list-truncated" });
  });

  it("does not take a web page for an empty zone", async () => {
    const { dns } = await answering(() => ({ status: 200, body: "<html><body>Please log in</body></html>" }));
    await expect(dns.find(NAME)).rejects.toMatchObject({ name: "TerminalError", reason: "list-malformed" });
  });

  it("survives a cut connection and one throttled answer", async () => {
    const { dns, requests } = await answering(({ before }) => {
      if (before === 0) return { ...page([]), cutAfter: 20 };
      return before === 1 ? fault(400, "Throttling") : page([set(`${NAME}.`, "CNAME", TARGET), MARKER]);
    });
    expect(await dns.find(NAME)).toEqual(RECORD);
    expect(requests).toHaveLength(3);
  });

  it.each([
    [403, "AccessDenied", "TerminalError", "forbidden"],
    [403, "ExpiredToken", "TerminalError", "credentials"],
    [404, "NoSuchHostedZone", "TerminalError", "refused"],
  ])("tells %i %s as %s %s", async (status, code, name, reason) => {
    const { dns } = await answering(() => fault(status, code));
    await expect(dns.find(NAME)).rejects.toMatchObject({ name, reason, value: "hostedzone/Z1" });
  });

  it("names the action that is missing", async () => {
    const { dns } = await answering(() => fault(403, "AccessDenied"));
    await expect(dns.find(NAME)).rejects.toThrow("route53:ListResourceRecordSets on hostedzone/Z1 is missing");
  });
});

describe("changing a name in Route53", () => {
  it("claims a free name with its marker, in one batch that fails for the second who does", async () => {
    const { dns, requests } = await answering((request) => (isList(request) ? page([]) : ACCEPTED));
    expect(await dns.upsert(RECORD)).toBe("C123");
    const batch = requests[1]?.body ?? "";
    expect(batch.match(/<Action>\w+<\/Action>/g)).toEqual(["<Action>CREATE</Action>", "<Action>CREATE</Action>"]);
    expect(batch).toContain(`<Name>_musterbook.${NAME}</Name><Type>TXT</Type>`);
    expect(batch).toContain(`musterbook/owner=${OWNER}`);
  });

  it("writes over its own name by UPSERT", async () => {
    const { dns, requests } = await answering((request) => (isList(request) ? page([MARKER]) : ACCEPTED));
    await dns.upsert(RECORD);
    expect(requests[1]?.body.match(/<Action>\w+<\/Action>/g)).toEqual([
      "<Action>UPSERT</Action>",
      "<Action>UPSERT</Action>",
    ]);
  });

  it("tries again while another change of the zone is under way", async () => {
    const { dns, requests } = await answering((request) => {
      if (isList(request)) return page([]);
      return request.before === 1 ? fault(400, "PriorRequestNotComplete") : ACCEPTED;
    });
    expect(await dns.upsert(RECORD)).toBe("C123");
    expect(requests).toHaveLength(3);
  });

  it("says that the zone is busy when it stays so", async () => {
    const impatient = (scope: AwsScope) => new Route53Client({ ...awsConfig(scope), maxAttempts: 1 });
    const { dns } = await answering(
      (request) => (isList(request) ? page([]) : fault(400, "PriorRequestNotComplete")),
      impatient,
    );
    await expect(dns.upsert(RECORD)).rejects.toMatchObject({ name: "RetryableError", reason: "throttled" });
  });

  it("says a conflict when its batch is refused and the name has changed", async () => {
    const { dns } = await answering((request) => {
      if (request.method === "POST") return fault(400, "InvalidChangeBatch");
      return request.before === 0 ? page([]) : page([set(`${NAME}.`, "CNAME", "other.example.com")]);
    });
    await expect(dns.upsert(RECORD)).rejects.toMatchObject({ name: "ConflictError", reason: "dns-conflict" });
  });

  it("gives up when its batch is refused and the name is as it was: the batch itself is wrong", async () => {
    const { dns } = await answering((request) => (isList(request) ? page([]) : fault(400, "InvalidChangeBatch")));
    await expect(dns.upsert(RECORD)).rejects.toMatchObject({ name: "TerminalError", reason: "refused" });
  });

  it("names the action that is missing", async () => {
    const { dns } = await answering((request) => (isList(request) ? page([]) : fault(403, "AccessDenied")));
    await expect(dns.upsert(RECORD)).rejects.toThrow("route53:ChangeResourceRecordSets on hostedzone/Z1 is missing");
  });
});

describe("asking Route53 for a change", () => {
  const info = (status: string) =>
    xml(
      200,
      "GetChangeResponse",
      `<ChangeInfo><Id>/change/C1</Id><Status>${status}</Status><SubmittedAt>2026-11-21T10:00:00Z</SubmittedAt></ChangeInfo>`,
    );

  it.each(["PENDING", "INSYNC"])("tells %s", async (status) => {
    const { dns } = await answering(() => info(status));
    expect(await dns.changeStatus("C1")).toBe(status);
  });

  it("does not know a change that Route53 does not know", async () => {
    const { dns } = await answering(() => fault(404, "NoSuchChange"));
    expect(await dns.changeStatus("C1")).toBe("unknown");
  });

  it("does not take a missing right for an unknown change", async () => {
    const { dns } = await answering(() => fault(403, "AccessDenied"));
    await expect(dns.changeStatus("C1")).rejects.toMatchObject({ reason: "forbidden", value: "change/*" });
  });
});
