import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { withToken } from "#kube/connection";
import { kubeApi } from "#kube/kube-api";
import type { KubeApi } from "#onboard/ports";

const CORE = { resources: [{ name: "configmaps", kind: "ConfigMap", namespaced: true }] };
const CONFIG_MAPS = { apiVersion: "v1", kind: "ConfigMap" };

let server: Server | undefined;

async function clientOf(listener: RequestListener, timeoutMs = 2000): Promise<KubeApi> {
  const started = createServer(listener);
  server = started;
  await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(started.address() as AddressInfo).port}/`;
  return kubeApi(withToken({ server: url, certificateAuthority: null, token: "a" }), { timeoutMs });
}

/** Serves discovery, and `pages` one after the other for lists of ConfigMaps. */
function paging(pages: readonly (readonly [number, unknown])[], asked: string[] = []): RequestListener {
  let next = 0;
  return (request, response) => {
    if (request.url === "/api/v1") {
      response.end(JSON.stringify(CORE));
      return;
    }
    asked.push(request.url ?? "");
    const [code, body] = pages[next] ?? [500, {}];
    next += 1;
    response.writeHead(code).end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

function page(next: string, ...names: readonly string[]) {
  return [200, { metadata: { continue: next }, items: names.map((name) => ({ metadata: { name } })) }] as const;
}

const EXPIRED = [410, { kind: "Status", reason: "Expired", message: "too old", code: 410 }] as const;

describe("kubeApi on an unreliable server", () => {
  afterEach(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => server?.close(resolve));
  });

  it("begins a list anew when a page has expired", async () => {
    const asked: string[] = [];
    const kube = await clientOf(paging([page("t1", "old"), EXPIRED, page("t2", "a"), page("", "b")], asked));
    const names = (await kube.list(CONFIG_MAPS)).map(({ metadata }) => metadata.name);
    expect(names).toEqual(["a", "b"]);
    expect(asked.map((url) => new URLSearchParams(url.split("?")[1]).get("continue"))).toEqual([
      null,
      "t1",
      null,
      "t2",
    ]);
  });

  it("gives up a list whose pages always expire", async () => {
    const kube = await clientOf(paging(Array.from({ length: 9 }, () => EXPIRED)));
    await expect(kube.list(CONFIG_MAPS)).rejects.toMatchObject({ name: "RetryableError", reason: "server-error" });
  });

  it("never gives a part of a list for the whole", async () => {
    const kube = await clientOf(paging([page("t1", "a"), [503, "upstream is away"]]));
    await expect(kube.list(CONFIG_MAPS)).rejects.toMatchObject({ reason: "server-error" });
  });

  it("takes a null list for an empty one", async () => {
    const kube = await clientOf(paging([[200, { metadata: {}, items: null }]]));
    await expect(kube.list(CONFIG_MAPS)).resolves.toEqual([]);
  });

  it.each([
    ["a page of HTML", "<html>login</html>"],
    ["an item without a name", { items: [{ metadata: {} }] }],
    ["something else", { items: 3 }],
  ])("does not take %s for a list", async (_, body) => {
    const kube = await clientOf(paging([[200, body]]));
    await expect(kube.list(CONFIG_MAPS)).rejects.toMatchObject({ name: "RetryableError", reason: "server-error" });
  });

  it("is unreachable when no answer comes in time", async () => {
    const kube = await clientOf(() => undefined, 50);
    await expect(kube.version()).rejects.toMatchObject({
      name: "RetryableError",
      reason: "unreachable",
      message: expect.stringContaining("no answer within 0.05 s"),
      cause: expect.any(Error),
    });
  });

  it("is unreachable when an answer does not end in time", async () => {
    const kube = await clientOf((_, response) => response.writeHead(200).write("{"), 50);
    await expect(kube.version()).rejects.toMatchObject({ reason: "unreachable" });
  });

  it("tries once more on a connection that the server closed meanwhile", async () => {
    let requests = 0;
    const kube = await clientOf((request, response) => {
      requests += 1;
      if (requests === 2) request.socket.resetAndDestroy();
      else response.end('{"gitVersion":"v1.36.3"}');
    });
    await kube.version();
    await expect(kube.version()).resolves.toEqual({ gitVersion: "v1.36.3" });
    expect(requests).toBe(3);
  });
});
