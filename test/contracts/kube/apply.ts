import { describe, expect, it } from "vitest";
import { ConflictError, RetryableError, TerminalError } from "#fleet/errors";
import type { KubeObject } from "#onboard/ports";
import { failureOf, type Scene } from "#test/contracts/kube/scene";

export function describeApply({ kube, subject, namespace, configMap }: Scene): void {
  describe("apply", () => {
    const ref = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace, name });

    it("creates what is missing", async () => {
      const made = await kube().apply(configMap("made", { a: "1" }, { team: "x" }));
      expect(made).toMatchObject({ kind: "ConfigMap", data: { a: "1" }, metadata: { name: "made", namespace } });
      expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
      expect(await kube().get(ref("made"))).toEqual(made);
    });

    it("changes what is there and keeps its uid", async () => {
      const before = await kube().apply(configMap("changed", { a: "1" }));
      const after = await kube().apply(configMap("changed", { a: "2" }));
      expect(after).toMatchObject({ data: { a: "2" }, metadata: { uid: before.metadata.uid } });
      expect(after.metadata.resourceVersion).not.toBe(before.metadata.resourceVersion);
    });

    it("writes nothing when nothing changes", async () => {
      const before = await kube().apply(configMap("same", { a: "1", b: "2" }));
      const after = await kube().apply(configMap("same", { b: "2", a: "1" }));
      expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    });

    it("removes a field that it no longer applies, and no other", async () => {
      await kube().apply(configMap("shrunk", { a: "1", b: "2" }));
      await subject().applyAs("other", configMap("shrunk", { c: "3" }));
      expect((await kube().apply(configMap("shrunk", { a: "1" }))).data).toEqual({ a: "1", c: "3" });
    });

    it("changes nothing and names the manager who holds a field at another value", async () => {
      await subject().applyAs("gitops", configMap("held", { a: "theirs" }));
      const error = await failureOf(kube().apply(configMap("held", { a: "ours", b: "new" })));
      expect(error).toBeInstanceOf(ConflictError);
      expect(error).toMatchObject({ reason: "field-conflict", value: "gitops", field: ".data.a" });
      expect((await kube().get(ref("held")))?.data).toEqual({ a: "theirs" });
    });

    it("shares a field with a manager who wants the same", async () => {
      await subject().applyAs("gitops", configMap("shared", { a: "1" }));
      await kube().apply(configMap("shared", { a: "1" }));
      expect((await kube().apply(configMap("shared", {}))).data).toEqual({ a: "1" });
    });

    it("merges containers by name", async () => {
      const deployment = (...containers: readonly object[]): KubeObject => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "merged", namespace },
        spec: {
          selector: { matchLabels: { app: "merged" } },
          template: { metadata: { labels: { app: "merged" } }, spec: { containers } },
        },
      });
      await kube().apply(deployment({ name: "a", image: "a:1" }));
      await subject().applyAs("injector", deployment({ name: "b", image: "b:1" }));
      const after = await kube().apply(deployment({ name: "a", image: "a:2" }));
      expect(after.spec).toMatchObject({
        template: {
          spec: {
            containers: expect.arrayContaining([
              expect.objectContaining({ name: "a", image: "a:2" }),
              expect.objectContaining({ name: "b", image: "b:1" }),
            ]),
          },
        },
      });
    });

    it("writes nothing when nothing changes in what the server has filled up", async () => {
      const spec = { ports: [{ port: 80 }], selector: { app: "filled" } };
      const service = { apiVersion: "v1", kind: "Service", metadata: { name: "filled", namespace }, spec };
      await kube().apply(service);
      const before = await kube().get({ apiVersion: "v1", kind: "Service", namespace, name: "filled" });
      expect((await kube().apply(service)).metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    });

    it("refuses a Secret of more than 1 MiB", async () => {
      const data = { big: Buffer.alloc(1_048_577).toString("base64") };
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "big", namespace }, data };
      const error = await failureOf(kube().apply(secret));
      expect(error).toBeInstanceOf(TerminalError);
      expect(error).toMatchObject({ reason: "invalid", message: expect.stringContaining("Too long") });
    });

    it("names a field that the kind does not have, and one of the wrong type", async () => {
      for (const [content, field] of [
        [{ dta: { a: "1" } }, ".dta"],
        [{ data: { a: 1 } }, ".data"],
      ] as const) {
        const error = await failureOf(kube().apply({ ...configMap("typo", {}), ...content }));
        expect(error).toBeInstanceOf(TerminalError);
        expect(error).toMatchObject({ reason: "invalid", message: expect.stringContaining(field) });
      }
      expect(await kube().get(ref("typo"))).toBeUndefined();
    });

    it("refuses a label that is none, and names it", async () => {
      const error = await failureOf(kube().apply(configMap("labelled", {}, { team: "a b" })));
      expect(error).toBeInstanceOf(TerminalError);
      expect(error).toMatchObject({ reason: "invalid", message: expect.stringMatching(/metadata.labels.*"a b"/) });
    });

    it("is not in the way of others who apply no labels either", async () => {
      await subject().applyAs("gitops", configMap("bare", { a: "1" }));
      await kube().apply(configMap("bare", { b: "2" }));
      expect((await kube().get(ref("bare")))?.data).toEqual({ a: "1", b: "2" });
    });

    it("says that a namespace is missing", async () => {
      const error = await failureOf(
        kube().apply({ ...configMap("lost", {}), metadata: { name: "lost", namespace: "nowhere" } }),
      );
      expect(error).toBeInstanceOf(RetryableError);
      expect(error).toMatchObject({ reason: "not-found" });
    });
  });
}
