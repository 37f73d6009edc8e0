import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeProxy, describeRefusals, describeRights } from "#test/contracts/kube/answers";
import { describeApply } from "#test/contracts/kube/apply";
import { describeDefinitions, describeDelete, describePages, describeReads } from "#test/contracts/kube/objects";
import type { KubeSubject, Scene } from "#test/contracts/kube/scene";

/** What `KubeApi` promises, of every adapter; each run makes its own namespace. */
export function defineKubeContract(name: string, make: () => Promise<KubeSubject>): void {
  describe(`${name}, as a KubeApi`, () => {
    const namespace = `contract-${process.pid.toString(36)}`;
    let subject: KubeSubject;
    beforeAll(async () => {
      subject = await make();
      await subject.kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    });
    afterAll(async () => {
      await subject.kube.delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
      await subject.close();
    });

    const scene: Scene = {
      kube: () => subject.kube,
      subject: () => subject,
      namespace,
      configMap: (object, data, labels = {}) => ({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: object, namespace, labels },
        data,
      }),
    };
    it("tells its version", async () => {
      expect((await subject.kube.version()).gitVersion).toMatch(/^v1\.\d+\.\d+/);
    });
    describeApply(scene);
    describeReads(scene);
    describePages(scene);
    describeDelete(scene);
    describeDefinitions(scene);
    describeProxy(scene);
    describeRefusals(scene);
    describeRights(scene);
  });
}
