import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fixedClock } from "#fleet/clock";
import { RetryableError, TerminalError } from "#fleet/errors";
import { helmOn } from "#helm/helm";
import type { ClusterAccess } from "#helm/kubeconfig";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import { directKube } from "#local/kubernetes/direct";
import type { ChartRef, Helm, UpgradeRequest } from "#onboard/ports";

const NOW = "2026-11-21T12:00:00Z";
const TOKEN = "k8s-aws-v1.secret";
const CHART: ChartRef = {
  name: "tiny",
  version: "1.0.0",
  digest: "sha256:0",
  path: "/charts/tiny.tgz",
  standIn: false,
};

let root: string;
let workDir: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "musterbook-fake-"));
  workDir = await mkdtemp(join(root, "work-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** A helm whose program is this shell script; `$OUT` is a folder that outlives the call. */
async function scripted(script: string, access?: ClusterAccess): Promise<Helm> {
  const binary = join(root, "helm");
  await writeFile(binary, `#!/bin/sh\nOUT='${root}'\n${script}\n`);
  await chmod(binary, 0o755);
  const clock = fixedClock(NOW);
  return helmOn({
    binary,
    access: access ?? { server: "https://c1.example.com", certificateAuthority: "Q0E=", token: TOKEN },
    kube: directKube(createEmbeddedCluster({ name: "c1", clock })),
    clock,
    workDir,
  });
}

function request(seconds = 600): UpgradeRequest {
  const deadline = new Date(Date.parse(NOW) + seconds * 1000);
  const labels = { "musterbook.dev/values": "abc" };
  return { release: "musterbook", namespace: "monitoring", chart: CHART, values: { a: "b" }, labels, deadline };
}

function output(name: string): Promise<string> {
  return readFile(join(root, name), "utf8");
}

describe("helmOn", () => {
  it("upgrades without waiting, without CRDs and without force, well before the deadline", async () => {
    const helm = await scripted('echo "$*" > "$OUT/args"');
    await helm.upgrade(request());
    const args = await output("args");
    expect(args).toMatch(
      /^upgrade --install musterbook \/charts\/tiny\.tgz --namespace monitoring --create-namespace --skip-crds --history-max 3 /,
    );
    expect(args).toContain("--labels musterbook.dev/values=abc");
    expect(args).toContain("--timeout 300s");
    expect(args).not.toMatch(/--wait|--force|--take-ownership|--rollback-on-failure/);
  });

  it("gives helm less time when the deadline is near", async () => {
    const helm = await scripted('echo "$*" > "$OUT/args"');
    await helm.rollback("musterbook", "monitoring", 2, request(130).deadline);
    expect(await output("args")).toContain(
      "rollback musterbook 2 --namespace monitoring --history-max 3 --timeout 80s",
    );
  });

  it("does not begin what it cannot end", async () => {
    const helm = await scripted('touch "$OUT/started"');
    const refused = helm.upgrade(request(31));
    await expect(refused).rejects.toThrow(RetryableError);
    await expect(refused).rejects.toMatchObject({ reason: "helm-interrupted" });
    expect(await readdir(root)).not.toContain("started");
  });

  it("hands over values and credentials in files that only their owner can read, and leaves none behind", async () => {
    const helm = await scripted(
      'ls -l "$HOME" | cut -c1-10 > "$OUT/modes"; cp "$HOME"/*.json "$OUT"; env > "$OUT/env"; exit 1',
    );
    await expect(helm.upgrade(request())).rejects.toThrow(TerminalError);
    expect((await output("modes")).trim().split("\n").slice(1)).toEqual(["-rw-------", "-rw-------"]);
    expect(JSON.parse(await output("values.json"))).toEqual({ a: "b" });
    expect(JSON.parse(await output("kubeconfig.json"))).toMatchObject({
      clusters: [{ cluster: { server: "https://c1.example.com", "certificate-authority-data": "Q0E=" } }],
      users: [{ user: { token: TOKEN } }],
    });
    expect(await readdir(workDir)).toEqual([]);
  });

  it("inherits nothing of our environment", async () => {
    const helm = await scripted('env | cut -d= -f1 | sort > "$OUT/names"');
    await helm.upgrade(request());
    const names = (await output("names")).trim().split("\n");
    expect(names.filter((name) => !["OLDPWD", "PWD", "SHLVL", "_"].includes(name))).toEqual([
      "HELM_CACHE_HOME",
      "HELM_CONFIG_HOME",
      "HELM_DATA_HOME",
      "HOME",
    ]);
  });

  it("uses a kubeconfig of the user's where it is", async () => {
    const helm = await scripted('echo "$*" > "$OUT/args"; ls "$HOME" > "$OUT/files"', { kubeconfig: "/home/u/config" });
    await helm.uninstall("musterbook", "monitoring", request().deadline);
    expect(await output("args")).toContain("--kubeconfig /home/u/config");
    expect(await output("files")).toBe("");
  });

  it("sends SIGTERM before the deadline and reports the interruption", async () => {
    const helm = await scripted(
      'trap "echo Error: context canceled >&2; exit 1" TERM\nwhile true; do sleep 0.05; done',
    );
    const stopped = helm.upgrade(request(32));
    await expect(stopped).rejects.toMatchObject({ name: "RetryableError", reason: "helm-interrupted" });
  });

  it.each([
    ["UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress", "RetryableError", "helm-busy"],
    ["UPGRADE FAILED: context canceled", "RetryableError", "helm-interrupted"],
    ["Kubernetes cluster unreachable: dial tcp: i/o timeout", "RetryableError", "unreachable"],
    ["write tcp 10.0.0.1:443: write: broken pipe", "RetryableError", "unreachable"],
    [
      'Service "x" exists and cannot be imported into the current release: invalid ownership metadata',
      "TerminalError",
      "helm-foreign-object",
    ],
    ['Apply failed with 1 conflict: conflict with "kubectl"', "TerminalError", "helm-foreign-object"],
    ["Secret is invalid: data: Too long: must have at most 1048576 bytes", "TerminalError", "helm-failed"],
    ["failed pre-install: resource Job/x not ready. context deadline exceeded", "TerminalError", "helm-failed"],
  ])("takes %j as %s %s", async (words, name, reason) => {
    await writeFile(join(root, "words"), `level=WARN msg=noise\nError: ${words}\n`);
    const failing = (await scripted('cat "$OUT/words" >&2; exit 1')).upgrade(request());
    await expect(failing).rejects.toMatchObject({ name, reason, message: expect.stringContaining(words) });
    await expect(failing).rejects.toMatchObject({ message: expect.not.stringContaining("noise") });
  });

  it("never repeats a token", async () => {
    const failing = (await scripted(`echo "Error: Unauthorized: ${TOKEN}" >&2; exit 1`)).upgrade(request());
    await expect(failing).rejects.toMatchObject({ message: expect.stringMatching(/Unauthorized: \*\*\*$/) });
  });

  it("refuses something in a crds folder that is no definition", async () => {
    const helm = await scripted("echo 'kind: Secret'");
    await expect(helm.crds(CHART)).rejects.toMatchObject({ reason: "chart-invalid" });
  });

  it("reads several definitions, also with a bare equals sign", async () => {
    const crd =
      "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: %}\nspec:\n  enum: [=, '!=']\n";
    await writeFile(join(root, "crds"), `${crd.replace("%", "a")}---\n# nothing\n---\n${crd.replace("%", "b")}`);
    const crds = await (await scripted('cat "$OUT/crds"')).crds(CHART);
    expect(crds.map(({ metadata, spec }) => [metadata.name, spec])).toEqual([
      ["a", { enum: ["=", "!="] }],
      ["b", { enum: ["=", "!="] }],
    ]);
  });
});
