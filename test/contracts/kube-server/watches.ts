import { describe, expect, it } from "vitest";
import { configMap, type Scene, take } from "#test/contracts/kube-server/scene";

export function describeWatches(scene: () => Scene): void {
  describe("watches", () => {
    async function revision(): Promise<string> {
      const { call, configMaps } = scene();
      return (await call("GET", configMaps)).body.metadata.resourceVersion;
    }

    it("tell what happened since a revision, and what happens", async () => {
      const { call, patch, watch, configMaps } = scene();
      const from = await revision();
      await call("POST", configMaps, configMap("a"));
      const events = watch(`resourceVersion=${from}`);
      expect(await take(events, 1)).toEqual(["ADDED a"]);
      await patch(`${configMaps}/a`, "merge-patch+json", { data: { x: "1" } });
      await call("DELETE", `${configMaps}/a`);
      expect(await take(events, 2)).toEqual(["MODIFIED a", "DELETED a"]);
      await events.return(undefined);
    });

    it("begin with what is there when no revision is named", async () => {
      const { call, watch, configMaps } = scene();
      await call("POST", configMaps, configMap("a"));
      const events = watch("");
      expect(await take(events, 1)).toEqual(["ADDED a"]);
      await events.return(undefined);
    });

    it("add and delete what begins and ceases to match the selector", async () => {
      const { call, patch, watch, configMaps } = scene();
      await call("POST", configMaps, configMap("a"));
      const events = watch(`resourceVersion=${await revision()}&labelSelector=on%3Dyes`);
      const seen = take(events, 2);
      for (const on of ["yes", "no"])
        await patch(`${configMaps}/a`, "merge-patch+json", { metadata: { labels: { on } } });
      expect(await seen).toEqual(["ADDED a", "DELETED a"]);
      await events.return(undefined);
    });

    it("end after their time", async () => {
      const { watch } = scene();
      expect(await take(watch(`resourceVersion=${await revision()}&timeoutSeconds=1`), 1)).toEqual(["(end)"]);
    });

    it("are told when the revision is forgotten", async () => {
      const { subject, watch, namespace } = scene();
      await subject.forget();
      const events = watch("resourceVersion=1", `/api/v1/namespaces/${namespace}/events`);
      expect(await take(events, 1)).toEqual(["ERROR Expired"]);
    });

    it("begin with a list, and say where it ends, for whoever asks", async () => {
      const { call, watch, configMaps } = scene();
      for (const name of ["a", "b"]) await call("POST", configMaps, configMap(name));
      const asking = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
      const events = watch(asking);
      expect(await take(events, 3)).toEqual(["ADDED a", "ADDED b", "BOOKMARK"]);
      await call("POST", configMaps, configMap("c"));
      expect(await take(events, 1)).toEqual(["ADDED c"]);
      await events.return(undefined);
    });

    it("do not begin with a list for whoever does not say how old it may be", async () => {
      const { call, configMaps } = scene();
      expect(await call("GET", `${configMaps}?watch=true&sendInitialEvents=true`)).toMatchObject({
        code: 422,
        body: { message: expect.stringContaining("sendInitialEvents requires setting resourceVersionMatch") },
      });
    });
  });
}
