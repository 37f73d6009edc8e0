import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { describeApply } from "#test/contracts/kube-server/apply";
import { describeBodies } from "#test/contracts/kube-server/bodies";
import { describeLists } from "#test/contracts/kube-server/lists";
import { describeObjects, describeValidation } from "#test/contracts/kube-server/objects";
import { type KubeServerSubject, type Scene, sceneOf } from "#test/contracts/kube-server/scene";
import { describeWatches } from "#test/contracts/kube-server/watches";

/** What a Kubernetes API server answers to the clients that talk to ours: helm, kubectl and Musterbook. */
export function defineKubeServerContract(name: string, make: () => Promise<KubeServerSubject>): void {
  describe(`${name}, as a Kubernetes API server`, () => {
    let subject: KubeServerSubject;
    let current: Scene;
    let cases = 0;
    beforeAll(async () => {
      subject = await make();
    });
    beforeEach(async () => {
      cases += 1;
      current = sceneOf(subject, `case-${cases}`);
      await current.call("POST", "/api/v1/namespaces", { metadata: { name: current.namespace } });
    });
    afterAll(() => subject.close());

    const scene = () => current;
    describeObjects(scene);
    describeValidation(scene);
    describeApply(scene);
    describeLists(scene);
    describeWatches(scene);
    describeBodies(scene);
  });
}
