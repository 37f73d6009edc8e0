import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eksConnector } from "#aws/eks-connector";
import { fixedClock } from "#fleet/clock";
import { clusterRef } from "#fleet/cluster";
import { TerminalError } from "#fleet/errors";
import { localClusters } from "#local/local-clusters";
import { type AwsServer, json, serveAws } from "#test/fakes/aws-server";

const clock = fixedClock("2026-11-21T10:00:00Z");
const ref = clusterRef({ account: "111122223333", region: "eu-west-1", name: "prod-a" });
const credentials = async () => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" });
const connector = eksConnector({ credentials, clock, helm: async () => "/nowhere/helm", workDir: "/nowhere" });

let bearers: (string | undefined)[];
let server: AwsServer;

beforeEach(async () => {
  bearers = [];
  server = await serveAws(({ headers }) => {
    bearers.push(headers.authorization);
    return json(200, { gitVersion: "v1.36.3" });
  });
});

afterEach(() => server.close());

describe("eksConnector", () => {
  it("bears a token of this cluster, minted anew for each connection", async () => {
    const cluster = { ...localClusters({ clock }).create(ref), endpoint: server.url };
    await (await connector.connect(cluster)).kube.version();
    clock.advance(1000);
    await (await connector.connect(cluster)).kube.version();

    expect(new Set(bearers).size).toBe(2);
    const [url] = bearers.map((bearer = "") => Buffer.from(bearer.slice("Bearer k8s-aws-v1.".length), "base64url"));
    expect(String(url)).toMatch(/^https:\/\/sts\.eu-west-1\.amazonaws\.com\/\?Action=GetCallerIdentity&.*AKIDEXAMPLE/);
  });

  it("connects where there is no helm, which is looked for when it is first needed", async () => {
    const helm = async () => {
      throw new TerminalError("no helm", { reason: "helm-missing", remedy: "Install it." });
    };
    const without = eksConnector({ credentials, clock, helm, workDir: tmpdir() });
    const cluster = { ...localClusters({ clock }).create(ref), endpoint: server.url };
    const { kube, helm: found } = await without.connect(cluster);
    expect(await kube.version()).toMatchObject({ gitVersion: "v1.36.3" });
    const deadline = new Date(clock.now().getTime() + 600_000);
    await expect(found.uninstall("leaf", "monitoring", deadline)).rejects.toMatchObject({ reason: "helm-missing" });
  });

  it("says that a cluster has no endpoint yet", async () => {
    const creating = localClusters({ clock }).create(ref);
    await expect(connector.connect(creating)).rejects.toMatchObject({ name: "TerminalError", reason: "no-endpoint" });
  });
});
