import { fileURLToPath } from "node:url";
import { describe, expect, it, vi } from "vitest";
import { find, ofType } from "#sst-graph/query";
import { evaluateBody, evaluateProgram } from "#test/packages/sst-graph/project";

// The first evaluation may have to install the platform.
vi.setConfig({ testTimeout: 600_000 });

const QUEUE_WITH_CONSUMER = `
  const queue = new sst.aws.Queue("Work", { visibilityTimeout: "60 seconds" });
  queue.subscribe({ handler: "handler.handler" });
  return { url: queue.url };
`;

describe("evaluate", () => {
  it("captures what a program makes, with what it computes from it", async () => {
    const graph = await evaluateBody(QUEUE_WITH_CONSUMER, { bundles: "real" });

    const queue = find(graph, "aws:sqs/queue:Queue", "WorkQueue");
    const [mapping] = ofType(graph, "aws:lambda/eventSourceMapping:EventSourceMapping");
    const [build] = graph.builds;
    expect(graph.errors).toEqual([]);
    expect(graph.app).toMatchObject({ name: "sample", stage: "prod", removal: "retain", protect: false });
    expect(queue.inputs).toMatchObject({ visibilityTimeoutSeconds: 60 });
    expect(queue.id).toMatch(/^https:\/\/sqs\.eu-west-1\.amazonaws\.com\/111122223333\/sample-prod-WorkQueue-\w{8}$/);
    expect(graph.outputs).toMatchObject({ url: queue.id });
    expect(mapping?.inputs).toMatchObject({ eventSourceArn: queue.state.arn });
    expect(build).toMatchObject({ handler: "handler.handler", runtime: "nodejs24.x" });
    expect(Object.keys(build?.parts ?? {})).toEqual(["handler.ts"]);
  });

  it("names everything alike in two runs, and otherwise in another stage", async () => {
    const names = async (stage: string) =>
      (await evaluateBody(QUEUE_WITH_CONSUMER, { stage })).resources.map(({ name, id }) => `${name} ${id}`).sort();

    const [first, second, other] = [await names("prod"), await names("prod"), await names("dev")];
    expect(second).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it("evaluates as sst dev does: functions are bridges, and are made known to the CLI", async () => {
    const graph = await evaluateBody(QUEUE_WITH_CONSUMER, { command: "dev" });

    expect(graph.errors).toEqual([]);
    expect(graph.cliCalls.map(({ method }) => method)).toContain("Runtime.AddTarget");
    expect(ofType(graph, "aws:lambda/function:Function")[0]?.inputs).toMatchObject({ runtime: "provided.al2023" });
  });

  it("knows region, provider and retention of each resource", async () => {
    const graph = await evaluateBody(`
      const provider = new aws.Provider("Frankfurt", { region: "eu-central-1" });
      new sst.aws.Queue("There", {}, { provider });
      new aws.sqs.Queue("Here", { name: "here" }, { protect: true, ignoreChanges: ["tags"] });
      new sst.aws.Bucket("Kept");
    `);

    expect(find(graph, "aws:sqs/queue:Queue", "ThereQueue")).toMatchObject({ region: "eu-central-1" });
    const here = find(graph, "aws:sqs/queue:Queue", "Here");
    expect(here).toMatchObject({ region: "eu-west-1", provider: null, protect: true, ignoreChanges: ["tags"] });
    expect(find(graph, "aws:s3/bucket:Bucket", "KeptBucket").retainOnDelete).toBe(true);
  });

  it("names the secret that is missing", async () => {
    const program = `const hook = new sst.Secret("Hook"); return { hook: hook.value };`;

    const missing = await evaluateBody(program);
    const given = await evaluateBody(program, { secrets: { Hook: "s3cret" } });

    expect(missing.errors.map(({ message }) => message)).toEqual([expect.stringContaining("Hook")]);
    expect(given.errors).toEqual([]);
  });

  it("answers provider functions as it is told", async () => {
    const program = `const { zoneId } = await aws.route53.getZone({ name: "example.com" }); return { zoneId };`;
    const token = "aws:route53/getZone:getZone";

    const found = await evaluateBody(program, { answers: { [token]: { zoneId: "Z1" } } });
    const missing = await evaluateBody(program, { answers: { [token]: { error: "no matching zone" } } });

    expect(found.outputs).toMatchObject({ zoneId: "Z1" });
    expect(missing.errors.map(({ message }) => message)).toEqual([expect.stringContaining("no matching zone")]);
  });

  it("lets an applier make resources for real, in order, and works on with what it answers", async () => {
    const applier = fileURLToPath(new URL("./applier.ts", import.meta.url));

    const graph = await evaluateBody(QUEUE_WITH_CONSUMER, { applier });

    const [mapping] = ofType(graph, "aws:lambda/eventSourceMapping:EventSourceMapping");
    expect(graph.errors).toEqual([]);
    expect(graph.outputs).toMatchObject({ url: "http://127.0.0.1/made/WorkQueue" });
    expect(mapping?.inputs.eventSourceArn).toBe("arn:aws:sqs:eu-west-1:111122223333:made-WorkQueue");
  });

  it("tells of a resource that could not be made", async () => {
    const applier = fileURLToPath(new URL("./applier.ts", import.meta.url));

    const { errors } = await evaluateBody(`new aws.sns.Topic("Refused");`, { applier });

    expect(errors.map(({ message }) => message).join("\n")).toContain(
      "aws:sns/topic:Topic Refused could not be made: no room",
    );
  });

  it.each([
    ["throws", `throw new Error("no such zone");`, "no such zone"],
    [
      "leaves a rejected output",
      `new aws.sqs.Queue("Q", { name: $output(Promise.reject(new Error("no name"))) });`,
      "no name",
    ],
    ["asks for what the harness does not know", "await aws.getAvailabilityZones();", "getAvailabilityZones"],
  ])("tells of a program that %s", async (_what, body, message) => {
    const { errors } = await evaluateBody(body);
    expect(errors.map((error) => error.message).join("\n")).toContain(message);
  });

  it.each([
    ["a static import", `import "node:fs";\nexport default 1;`, "app"],
    ["no app", "export default $config({ app: () => ({}), async run() {} });", "name and home"],
    ["no syntax", "export default {", "sst.config.ts"],
  ])("tells of %s in place of a program", async (_what, program, message) => {
    const { errors } = await evaluateProgram(program);
    expect(errors.map((error) => error.message).join("\n")).toContain(message);
  });
});
