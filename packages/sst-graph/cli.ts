import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Builder, type BuildInput, readBuildInput } from "#sst-graph/build";
import { type CliCall, isRecord, type Json } from "#sst-graph/graph";

/** The SST CLI, as far as a program calls it while it runs: JSON-RPC 1.0 at `POST /rpc`. */
export interface CliStub {
  /** For `SST_SERVER`. */
  readonly url: string;
  readonly calls: readonly CliCall[];
  close(): Promise<void>;
}

export async function startCli(build: Builder): Promise<CliStub> {
  const calls: CliCall[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      const { method, input } = readCall(text);
      calls.push({ method, input });
      answer(method, input, build).then(
        (result) => response.end(JSON.stringify({ result })),
        (error: unknown) => response.end(JSON.stringify({ error: error instanceof Error ? error.message : "failed" })),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function readCall(text: string): { readonly method: string; readonly input: Json } {
  const call: unknown = JSON.parse(text);
  if (!isRecord(call) || typeof call.method !== "string") throw new Error("the program made a call without a method");
  const [input] = Array.isArray(call.params) ? call.params : [];
  return { method: call.method, input: input ?? null };
}

async function answer(method: string, input: Json, build: Builder): Promise<unknown> {
  switch (method) {
    case "Provider.Aws.Bootstrap":
      return bootstrap(isRecord(input) ? String(input.region) : "");
    case "Provider.Aws.Appsync":
      return { http: "appsync.example.com", realtime: "appsync-realtime.example.com" };
    case "Runtime.AddTarget":
      return true;
    case "Runtime.Build":
      return buildAnswer(build, readBuildInput(input));
    default:
      throw new Error(`rpc: can't find method ${method}`);
  }
}

async function buildAnswer(build: Builder, input: BuildInput) {
  const { handler, out, sourcemaps } = await build(input);
  return { handler, out, errors: [], sourcemaps };
}

function bootstrap(region: string) {
  return {
    asset: `sst-asset-${region}`,
    assetEcrRegistryId: "111122223333",
    assetEcrUrl: `111122223333.dkr.ecr.${region}.amazonaws.com/sst-asset`,
    state: `sst-state-${region}`,
    appsyncHttp: "appsync.example.com",
    appsyncRealtime: "appsync-realtime.example.com",
  };
}
