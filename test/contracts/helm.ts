import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RetryableError, TerminalError } from "#fleet/errors";
import type { ChartRef, Helm, KubeApi, UpgradeRequest } from "#onboard/ports";

export interface HelmHarness {
  readonly helm: Helm;
  readonly kube: KubeApi;
  /** Renders `extraManifests` through `tpl`, has a Job as pre-install and pre-upgrade hook, and one CRD or more. */
  readonly chart: ChartRef;
  /** Of this case alone; it need not be there. */
  readonly namespace: string;
  /** Makes the following operations end so, until told otherwise. */
  arrange(fault: "hook-fails" | "killed" | "killed-after-superseding" | "interrupted" | "none"): void;
  /** When the operations have to be over. */
  deadline(): Date;
  close(): Promise<void>;
}

const RELEASE = "muster";
const OURS = "musterbook.dev/values";

function settings(name: string, text: string) {
  const metadata = { name, namespace: "{{ .Release.Namespace }}" };
  return { apiVersion: "v1", kind: "ConfigMap", metadata, data: { text } };
}

/** What every helm does, whatever it writes to (the port: packages/onboard/ports.ts). */
export function defineHelmContract(name: string, make: () => Promise<HelmHarness>): void {
  describe(`${name}, as a helm`, () => {
    let harness: HelmHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(() => harness.close());

    function request(extraManifests: Readonly<Record<string, unknown>>, mark = "a"): UpgradeRequest {
      const values = { fullnameOverride: "muster", prometheus: { enabled: false }, extraManifests };
      const labels = { [OURS]: mark };
      return {
        release: RELEASE,
        namespace: harness.namespace,
        chart: harness.chart,
        values,
        labels,
        deadline: harness.deadline(),
      };
    }

    async function statuses(): Promise<readonly string[]> {
      const revisions = await harness.helm.revisions(RELEASE, harness.namespace);
      return revisions.map(({ revision, status }) => `${revision} ${status}`);
    }

    function configMap(called: string) {
      return harness.kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace: harness.namespace, name: called });
    }

    const one = { one: settings("one", "1") };

    it("installs, and says so in the release's Secret", async () => {
      const { helm } = harness;
      expect(await helm.revisions(RELEASE, harness.namespace)).toEqual([]);
      await helm.upgrade(request(one));

      const [revision] = await helm.revisions(RELEASE, harness.namespace);
      expect(revision).toMatchObject({ name: RELEASE, namespace: harness.namespace, revision: 1, status: "deployed" });
      expect(revision?.labels).toMatchObject({ owner: "helm", name: RELEASE, version: "1", [OURS]: "a" });
      expect(revision?.modifiedAt).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
      const there = await configMap("one");
      expect(there).toMatchObject({ data: { text: "1" } });
      expect(there?.metadata.labels).toMatchObject({ "app.kubernetes.io/managed-by": "Helm" });
      expect(there?.metadata.annotations).toMatchObject({ "meta.helm.sh/release-name": RELEASE });
    });

    it("makes a new revision even when nothing changes, and keeps three", async () => {
      const { helm } = harness;
      for (const mark of ["a", "b", "c", "d"]) await helm.upgrade(request(one, mark));
      expect(await statuses()).toEqual(["4 deployed", "3 superseded", "2 superseded"]);
      const [newest] = await helm.revisions(RELEASE, harness.namespace);
      expect(newest?.labels[OURS]).toBe("d");
    });

    it("changes and removes objects in an upgrade", async () => {
      const { helm } = harness;
      await helm.upgrade(request({ ...one, two: settings("two", "2") }));
      await helm.upgrade(request({ two: settings("two", "changed") }));
      expect(await configMap("one")).toBeUndefined();
      expect(await configMap("two")).toMatchObject({ data: { text: "changed" } });
    });

    it("fails with a failing hook, and upgrades over that", async () => {
      const { helm } = harness;
      harness.arrange("hook-fails");
      const failing = helm.upgrade(request(one));
      await expect(failing).rejects.toThrow(TerminalError);
      await expect(failing).rejects.toMatchObject({ reason: "helm-failed" });
      expect(await statuses()).toEqual(["1 failed"]);
      expect(await configMap("one")).toBeUndefined();

      harness.arrange("none");
      await helm.upgrade(request(one));
      expect((await statuses())[0]).toBe("2 deployed");
    });

    it.each([
      { size: "a Secret", names: ["a", "b", "c"] },
      { size: "the API server", names: ["a", "b", "c", "d"] },
    ])("writes nothing when its record is too large for $size, and says what to do", async ({ names }) => {
      // Random, since the record is compressed; each alone is small enough for a ConfigMap.
      const noise = () => randomBytes(300_000).toString("base64");
      const large = names.map((called) => [called, settings(called, noise())] as const);
      const refused = harness.helm.upgrade(request(Object.fromEntries(large)));
      await expect(refused).rejects.toThrow(TerminalError);
      await expect(refused).rejects.toMatchObject({
        reason: "helm-failed",
        remedy: expect.stringContaining("out of the values into ConfigMaps"),
      });
      expect(await configMap("a")).toBeUndefined();
    });

    it("records a failure when it is told to stop", async () => {
      const { helm } = harness;
      await helm.upgrade(request(one));
      harness.arrange("interrupted");
      const stopped = helm.upgrade(request(one));
      await expect(stopped).rejects.toThrow(RetryableError);
      await expect(stopped).rejects.toMatchObject({ reason: "helm-interrupted" });
      expect(await statuses()).toEqual(["2 failed", "1 deployed"]);
    });

    it("stays pending when it is killed in an install, until that record is forgotten", async () => {
      const { helm } = harness;
      harness.arrange("killed");
      await expect(helm.upgrade(request(one))).rejects.toMatchObject({ reason: "helm-interrupted" });
      expect(await statuses()).toEqual(["1 pending-install"]);

      harness.arrange("none");
      const refused = helm.upgrade(request(one));
      await expect(refused).rejects.toThrow(RetryableError);
      await expect(refused).rejects.toMatchObject({ reason: "helm-busy" });
      for (const revision of await helm.revisions(RELEASE, harness.namespace)) await helm.forget(revision);
      await helm.upgrade(request(one));
      expect(await statuses()).toEqual(["1 deployed"]);
    });

    it("stays pending when it is killed in an upgrade, until it is rolled back", async () => {
      const { helm } = harness;
      await helm.upgrade(request(one, "good"));
      harness.arrange("killed");
      await expect(helm.upgrade(request({}, "bad"))).rejects.toMatchObject({ reason: "helm-interrupted" });
      expect((await statuses())[0]).toBe("2 pending-upgrade");

      harness.arrange("none");
      await expect(helm.upgrade(request(one))).rejects.toMatchObject({ reason: "helm-busy" });
      await helm.rollback(RELEASE, harness.namespace, 1, harness.deadline());
      const [newest] = await helm.revisions(RELEASE, harness.namespace);
      expect(newest).toMatchObject({ revision: 3, status: "deployed" });
      expect(newest?.labels[OURS]).toBe("good");
      await helm.upgrade(request(one));
      expect((await statuses())[0]).toBe("4 deployed");
    });

    it("rolls back to a superseded revision when it is killed after superseding it", async () => {
      const { helm } = harness;
      await helm.upgrade(request(one, "good"));
      harness.arrange("killed-after-superseding");
      await expect(helm.upgrade(request(one, "bad"))).rejects.toMatchObject({ reason: "helm-interrupted" });
      expect(await statuses()).toEqual(["2 pending-upgrade", "1 superseded"]);

      harness.arrange("none");
      await helm.rollback(RELEASE, harness.namespace, 1, harness.deadline());
      await helm.upgrade(request(one));
      expect((await statuses())[0]).toBe("4 deployed");
    });

    it("forgets an upgrade that was killed over a failed install", async () => {
      const { helm } = harness;
      harness.arrange("interrupted");
      await expect(helm.upgrade(request(one))).rejects.toThrow(RetryableError);
      harness.arrange("killed");
      await expect(helm.upgrade(request(one))).rejects.toThrow(RetryableError);
      expect(await statuses()).toEqual(["2 pending-upgrade", "1 failed"]);

      harness.arrange("none");
      const [newest] = await helm.revisions(RELEASE, harness.namespace);
      if (newest !== undefined) await helm.forget(newest);
      await helm.upgrade(request(one));
      expect((await statuses())[0]).toBe("2 deployed");
    });

    it("does not roll back to a revision that never was", async () => {
      await harness.helm.upgrade(request(one));
      const refused = harness.helm.rollback(RELEASE, harness.namespace, 7, harness.deadline());
      await expect(refused).rejects.toMatchObject({ reason: "helm-failed" });
    });

    it("forgets no revision that was deployed", async () => {
      await harness.helm.upgrade(request(one));
      const [revision] = await harness.helm.revisions(RELEASE, harness.namespace);
      if (revision === undefined) throw new Error("no revision");
      const pending = { ...revision, status: "pending-install" as const };
      await expect(harness.helm.forget(pending)).rejects.toThrow(TerminalError);
      expect(await statuses()).toEqual(["1 deployed"]);
    });

    it("touches nothing when an object belongs to somebody else", async () => {
      const { helm, kube } = harness;
      await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: harness.namespace } });
      const metadata = { name: "one", namespace: harness.namespace };
      await kube.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { text: "theirs" } });
      const refused = helm.upgrade(request({ ...one, two: settings("two", "2") }));
      await expect(refused).rejects.toThrow(TerminalError);
      await expect(refused).rejects.toMatchObject({
        reason: "helm-foreign-object",
        message: expect.stringContaining(`ConfigMap "one" in namespace "${harness.namespace}" exists`),
      });
      expect(await configMap("one")).toMatchObject({ data: { text: "theirs" } });
      expect(await configMap("two")).toBeUndefined();
    });

    it("uninstalls objects and records, also what is pending, and once more", async () => {
      const { helm } = harness;
      await helm.upgrade(request(one));
      harness.arrange("killed");
      await expect(helm.upgrade(request(one))).rejects.toThrow(RetryableError);
      harness.arrange("none");
      await helm.uninstall(RELEASE, harness.namespace, harness.deadline());
      expect(await statuses()).toEqual([]);
      expect(await configMap("one")).toBeUndefined();
      await helm.uninstall(RELEASE, harness.namespace, harness.deadline());
    });

    it("shows the chart's definitions", async () => {
      const crds = await harness.helm.crds(harness.chart);
      expect(crds.length).toBeGreaterThan(0);
      for (const crd of crds) expect(crd).toMatchObject({ kind: "CustomResourceDefinition", spec: expect.any(Object) });
    });
  });
}
