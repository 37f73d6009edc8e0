import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Finished } from "#helm/process";
import { type ServedCluster, servedCluster } from "#test/packages/local/kubernetes/real-clients";

const FILES: Readonly<Record<string, string>> = {
  "Chart.yaml": "{apiVersion: v2, name: tiny, version: 0.1.0, kubeVersion: '>=1.30.0-0'}",
  "values.yaml": "replicas: 1",
  "crds/berth.yaml": `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: berths.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {plural: berths, singular: berth, kind: Berth}
  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
`,
  "templates/all.yaml": `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "web:1"}]}
---
apiVersion: example.org/v1
kind: Berth
metadata: {name: one}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: prepare
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
spec:
  template: {spec: {restartPolicy: Never, containers: [{name: prepare, image: "prepare:1"}]}}
`,
};

describe("the real helm on an embedded cluster", () => {
  let served: ServedCluster;
  beforeAll(async () => {
    served = await servedCluster();
    for (const folder of ["crds", "templates"]) await mkdir(join(served.folder, "tiny", folder), { recursive: true });
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(served.folder, "tiny", name), text);
  });
  afterAll(() => served.close());

  function upgradeArgs(release: string, ...more: readonly string[]): readonly string[] {
    return ["upgrade", "--install", release, "tiny", "-n", release, "--create-namespace", "--timeout", "10s", ...more];
  }

  async function helm(...args: readonly string[]): Promise<Finished> {
    const finished = await served.helm(...args);
    if (finished.code !== 0) throw new Error(`helm ${args.join(" ")}: ${finished.stderr}`);
    return finished;
  }

  async function revisions(release: string): Promise<unknown> {
    const history = JSON.parse((await helm("history", release, "-n", release, "-o", "json")).stdout);
    return history.map((row: { revision: number; status: string }) => `${row.revision} ${row.status}`);
  }

  function replicas(namespace: string): unknown {
    const spec = served.cluster.store.get("apps/deployments", namespace, "web")?.spec;
    return (spec as { replicas?: unknown } | undefined)?.replicas;
  }

  it("installs, upgrades, rolls back and uninstalls", async () => {
    await helm(...upgradeArgs("calm"));
    expect(replicas("calm")).toBe(1);
    expect(served.cluster.store.get("example.org/berths", "calm", "one")).toBeDefined();
    expect(served.cluster.store.list("batch/jobs")).toEqual([]);

    const before = served.cluster.store.get("apps/deployments", "calm", "web");
    await helm(...upgradeArgs("calm"));
    expect(served.cluster.store.get("apps/deployments", "calm", "web")).toEqual(before);

    await helm(...upgradeArgs("calm", "--set", "replicas=3"));
    expect(replicas("calm")).toBe(3);
    await helm("rollback", "calm", "1", "-n", "calm");
    expect(replicas("calm")).toBe(1);
    expect(await revisions("calm")).toEqual(["1 superseded", "2 superseded", "3 superseded", "4 deployed"]);

    await helm("uninstall", "calm", "-n", "calm");
    expect(replicas("calm")).toBeUndefined();
    expect((await helm("list", "-A", "-o", "json")).stdout.trim()).toBe("[]");
  });

  it("waits for workloads when it is asked to, and fails when they never come up", async () => {
    served.cluster.behave({ workloads: "never" });
    const { code, stderr } = await served.helm(...upgradeArgs("waiting", "--wait", "--timeout", "1s"));
    served.cluster.behave({ workloads: "ready" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Deployment\/waiting\/web not ready/);
    expect(await revisions("waiting")).toEqual(["1 failed"]);
  });

  it("fails when the hook's Job hangs, and recovers", async () => {
    served.cluster.behave({ jobs: "hang" });
    const { code, stderr } = await served.helm(...upgradeArgs("hanging", "--timeout", "1s"));
    served.cluster.behave({ jobs: "complete" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/pre-install.*Job\/hanging\/prepare not ready/s);
    expect(await revisions("hanging")).toEqual(["1 failed"]);
    await helm(...upgradeArgs("hanging"));
    expect(await revisions("hanging")).toEqual(["1 superseded", "2 deployed"]);
  });

  it("leaves pending-install when it is killed, which refuses the next upgrade until it is rolled back", async () => {
    await served.killHelm((resource) => resource === "apps/deployments", ...upgradeArgs("killed"));
    expect(await revisions("killed")).toEqual(["1 pending-install"]);
    const refused = await served.helm(...upgradeArgs("killed"));
    expect(refused.stderr).toContain("another operation (install/upgrade/rollback) is in progress");
    await helm("rollback", "killed", "1", "-n", "killed");
    await helm(...upgradeArgs("killed"));
    expect(await revisions("killed")).toEqual(["1 pending-install", "2 superseded", "3 deployed"]);
  });

  it("names the manager of a field that it may not take", async () => {
    await helm(...upgradeArgs("rival"));
    const patch = JSON.stringify({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "rival" },
      spec: { replicas: 7 },
    });
    await writeFile(join(served.folder, "rival.json"), patch);
    const forced = ["--server-side", "--force-conflicts", "--field-manager", "autoscaler", "-f", "rival.json"];
    expect(await served.kubectl("apply", ...forced)).toMatchObject({ code: 0 });
    const { code, stderr } = await served.helm(...upgradeArgs("rival", "--set", "replicas=2"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/conflict with "autoscaler".*\.spec\.replicas/s);
    expect(replicas("rival")).toBe(7);
  });
});
