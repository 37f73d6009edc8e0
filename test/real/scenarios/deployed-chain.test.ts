import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertEvent } from "#alerts/cloud-event";
import { syncAlerts } from "#alerts/sync";
import { awsConfig } from "#aws/config";
import { dynamoAlertStates } from "#aws/dynamo-alert-states";
import { dynamoRegistry } from "#aws/dynamo-registry";
import { s3Client } from "#aws/s3-client";
import { s3ObjectStore } from "#aws/s3-object-store";
import { snsTopics } from "#aws/sns-topics";
import { blocksOf, indexPlace, loadIndex } from "#blocks/index/load";
import { systemClock } from "#fleet/clock";
import { logTo, SinkLogger } from "#functions/logger";
import { readRecording } from "#local/recorded-bucket";
import { loadReport } from "#report/stored-report";
import { functions, queues } from "#stacks/wiring";
import { parseEndpoints } from "#stores/endpoints-yaml";
import { textIn } from "#test/contracts/object-store";
import { recordingOf } from "#test/factories/recorded-bucket";
import { type CloudWatch, cloudWatch } from "#test/real/deployed/cloudwatch";
import { blocksIn, type Installed, install } from "#test/real/deployed/installed";
import { depth, letterIn, redrive } from "#test/real/deployed/letters";
import { withhold } from "#test/real/deployed/rights";
import { type Timeline, timeline } from "#test/real/deployed/timeline";
import { upload } from "#test/real/deployed/upload";
import { type Witness, witnessOfBus, witnessOfTopic } from "#test/real/deployed/witness";
import { callApi } from "#test/real/servers/api";

const ADDRESS = "thanos.shop-1.obs.example.com:10901";
const PATIENCE_MS = 900_000;
const WAVE_MS = 500;

/** The program as it is deployed: real bundles in Lambda processes of an emulator, a real helm on real API servers. Nothing is driven by hand. */
describe("the program, deployed", { timeout: PATIENCE_MS }, () => {
  let there: Installed;
  let time: Timeline;
  let cloudwatch: CloudWatch;
  let bus: Witness;
  let published: Witness;
  let rung: Witness;

  beforeAll(async () => {
    there = await install();
    time = timeline(there.clock);
    cloudwatch = cloudWatch(there);
    const { hub, deployed } = there;
    bus = await witnessOfBus(hub, { source: ["musterbook.drill"] });
    published = await witnessOfTopic(hub, deployed.topicArn("alerts"));
    rung = await witnessOfTopic(hub, deployed.topicArn("ops"));
  }, PATIENCE_MS);
  afterAll(async () => {
    process.stderr.write(`\n${time?.text()}\n`);
    await there?.stop();
  });

  const sqs = () => new SQSClient(awsConfig(there.hub));
  const records = () => ({
    client: new DynamoDBClient(awsConfig(there.hub)),
    table: there.deployed.table,
    clock: systemClock,
  });
  const recordOf = async (arn: string) => (await dynamoRegistry(records()).get(arn))?.record;
  const stored = (folder: string) => s3ObjectStore(`s3://${there.deployed.state}/${folder}`, there.hub);
  const log = (name: string) => cloudwatch.logOf(`musterbook-chain-${name}`);
  /** What functions say went wrong. */
  const complaints = async () => {
    const lines = await Promise.all(Object.keys(functions).map(log));
    return lines.flat().filter((line) => /"level":"ERROR"|^\w*Error: /.test(line));
  };
  const runs = async (name: string) => (await log(name)).filter((line) => line.startsWith("START")).length;
  /** Of all buckets. */
  const listings = async () => (await log("list-bucket")).filter((line) => line.includes("bucket listed")).length;
  const alertPorts = () => ({
    clock: systemClock,
    log: logTo(new SinkLogger(() => undefined)),
    alertStates: dynamoAlertStates(records()),
    topics: snsTopics(there.hub, { "musterbook-alerts": there.deployed.topicArn("alerts") }),
  });
  const raise = (source: string) =>
    syncAlerts(alertPorts(), source, [
      {
        id: "musterbook.listing-failed",
        severity: "warning",
        labels: { what: source },
        summary: `${source} cannot be listed`,
        evidence: {},
        remedy: "None: this is a test.",
      },
    ]);
  const indexed = async (bucket: string) =>
    blocksOf(await loadIndex(indexPlace(stored("indexes"), `s3://${bucket}`))).length;

  it.concurrent("brings a cluster from CreateCluster into the store list of the Querier", async () => {
    const { shop, observer } = there;
    await time.reached("CreateCluster answered by EKS", () => there.createCluster("shop-1", { stage: "dev" }));
    await time.reached("event on the bus", async () => (await bus.seen()).some((body) => body.includes("shop-1")));
    await time.reached("SQS -> route-cluster-event -> clusters.fifo -> reconcile-cluster", async () =>
      (await log("reconcile-cluster")).some((line) => line.includes(shop.ref.arn) && line.includes("CreateCluster")),
    );
    await time.reached("record in DynamoDB", () => recordOf(shop.ref.arn));
    await time.reached("helm release on the cluster", async () => {
      const { server, certificateAuthority, adminToken: token } = shop.server;
      const url = `${server}/api/v1/secrets?labelSelector=owner%3Dhelm%2Cstatus%3Ddeployed`;
      const { body } = await callApi({ url, certificateAuthority, token });
      return JSON.parse(body.toString()).items.length > 0;
    });
    await time.reached("Registered in DynamoDB", async () => {
      const record = await recordOf(shop.ref.arn);
      return record?.conditions.Registered.status === "yes" ? record : undefined;
    });
    await time.reached("stream -> publish-store-list -> list in S3", async () => {
      const written = parseEndpoints((await textIn(stored("stores"), "endpoints.yaml")) ?? "");
      return written.ok && written.value.some(({ address }) => address === ADDRESS);
    });
    await time.reached("ConfigMap on the observer", async () => {
      const { server, certificateAuthority, adminToken: token } = observer.server;
      const url = `${server}/api/v1/namespaces/monitoring/configmaps/musterbook-endpoints`;
      return (await callApi({ url, certificateAuthority, token })).body.toString().includes(ADDRESS);
    });
    expect(await recordOf(shop.ref.arn)).toMatchObject({
      mode: "manage",
      endpoint: { address: ADDRESS, state: "listed" },
      conditions: { Installed: { status: "yes" }, Registered: { status: "yes" } },
    });
    expect(await complaints()).toEqual([]);
  });

  it.concurrent("indexes blocks by the events of S3, audits the bucket by its schedule, and tells Slack", async () => {
    const { hub, buckets, slack } = there;
    const [bucket] = buckets;
    const listed = await time.reached("first listing by schedule, of an empty bucket", async () => {
      const count = await listings();
      return count > 0 && count;
    });
    await upload(s3Client(hub), bucket, await readRecording(recordingOf("overlap-same-labels")));
    await time.reached("S3 -> bus -> SQS -> index-block -> index in S3", async () => (await indexed(bucket)) > 0);
    await time.reached("every block in the index", async () => (await indexed(bucket)) === 248);
    expect(await listings()).toBe(listed);
    const audits = await runs("audit-bucket");
    await time.reached("audit by schedule", async () => (await runs("audit-bucket")) > audits);
    const alert = await time.reached("alert in DynamoDB", async () =>
      (await alertPorts().alertStates.allFiring()).find(({ alert: { id } }) => id === "compactor.will-halt"),
    );
    const { id } = alertEvent(alert);
    await time.reached("alert on SNS", async () => (await published.seen()).some((body) => body.includes(id)));
    await time.reached("SQS -> notify-slack -> Slack", async () =>
      slack.posts.some((post) => post.includes("compactor.will-halt")),
    );
    expect(slack.posts.filter((post) => post.includes("compactor.will-halt"))).toHaveLength(1);
    const left = await time.reached("report and metrics in S3", async () => {
      const found = await loadReport(stored("reports"), `s3://${bucket}`);
      return found?.report.findings.some(({ id }) => id === "compactor.will-halt") && found;
    });
    expect(left.report.blocks).toBe(248);
    expect(left.metrics).toContain(`musterbook_audit_findings{bucket="s3://${bucket}",id="compactor.will-halt"`);
    expect(await complaints()).toEqual([]);
  });

  it("puts what Slack refuses aside, rings, and brings it home by a redrive", async () => {
    const { slack, deployed } = there;
    const dead = deployed.queueUrl("alerts-slack-dlq");
    slack.behave({ status: 404, answer: "no_service" });
    await raise("refused");
    const letter = await time.reached("refused alert in its dead-letter queue", () => letterIn(sqs(), dead));
    expect(letter.MessageAttributes?.queue?.StringValue).toBe("alerts-slack");
    expect(letter.MessageAttributes?.reason?.StringValue).toContain("Slack answered 404 no_service");

    const alarm = await cloudwatch.alarm("musterbook-chain-alerts-slack-dlq-dead-letters");
    expect(alarm).toMatchObject({
      Namespace: "AWS/SQS",
      MetricName: "ApproximateNumberOfMessagesVisible",
      Dimensions: [{ Name: "QueueName", Value: dead.split("/").at(-1) }],
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 0,
      AlarmActions: [deployed.topicArn("ops")],
      OKActions: [deployed.topicArn("ops")],
    });
    await cloudwatch.tell(alarm, await depth(sqs(), dead));
    const ring = await time.reached("alarm on musterbook-ops", async () =>
      (await rung.seen()).find((body) => body.includes(alarm.AlarmName) && body.includes('"ALARM"')),
    );
    expect(ring).toContain("ops.dead-letters in docs/runbook.md");

    slack.behave({ status: 200, answer: "ok" });
    expect(await redrive(sqs(), { from: dead, urlOf: deployed.queueUrl })).toBe(1);
    await time.reached("redriven alert at Slack", async () => slack.posts.some((post) => post.includes("refused")));
    expect(await depth(sqs(), dead)).toBe(0);
    await there.clock.pass(120);
    await cloudwatch.tell(alarm, await depth(sqs(), dead));
    await time.reached("all clear on musterbook-ops", async () =>
      (await rung.seen()).some((body) => body.includes(alarm.AlarmName) && body.includes('"NewStateValue": "OK"')),
    );
  });

  it("puts a malformed event aside, which leads to a look once a person has mended it", async () => {
    const { deployed, shop, hub } = there;
    const detail = { eventSource: "eks.amazonaws.com", eventName: "CreateCluster", awsRegion: 7 };
    const parameters = { requestParameters: { name: shop.ref.name }, recipientAccountId: there.account };
    const Detail = JSON.stringify({ ...detail, ...parameters });
    await new EventBridgeClient(awsConfig(hub)).send(
      new PutEventsCommand({
        Entries: [{ Source: "musterbook.drill", DetailType: "AWS API Call via CloudTrail", Detail }],
      }),
    );
    const dead = deployed.queueUrl("cluster-events-dlq");
    const letter = await time.reached("malformed event in its dead-letter queue", () => letterIn(sqs(), dead));
    expect(letter.MessageAttributes?.reason?.StringValue).toContain("event cannot be read");
    const before = (await recordOf(shop.ref.arn))?.updatedAt ?? "";
    const mend = (body: string) => {
      const event = JSON.parse(body);
      return JSON.stringify({ ...event, detail: { ...event.detail, awsRegion: hub.region } });
    };
    expect(await redrive(sqs(), { from: dead, urlOf: deployed.queueUrl, mend })).toBe(1);
    await time.reached("look because of the mended event", async () => {
      const after = (await recordOf(shop.ref.arn))?.updatedAt ?? "";
      return after > before;
    });
  });

  it("stops where its role lacks a right, and goes on when it has it", async () => {
    const ARRIVES = "clusters.fifo";
    const giveBack = await withhold(there.hub, "musterbook-chain-route-cluster-event", "sqs:SendMessage");
    const { arn } = await there.createCluster("late-1", { stage: "wave" });
    const refusal = await time.reached("event refused for want of a right", async () =>
      (await log("route-cluster-event")).find((line) => line.includes("sqs:SendMessage")),
    );
    expect(refusal).toMatch(/denied|not authorized/);
    expect(refusal).toContain(ARRIVES);

    await giveBack();
    await there.clock.pass(queues["cluster-events"].visibilitySeconds);
    await time.reached("look once the right is there", () => recordOf(arn));
  });

  it("loses nothing when it is deployed again in the middle", async () => {
    const { slack, buckets, fleet, hub } = there;
    const [first, second] = buckets;
    slack.behave({ delayMs: 500 });
    const changed = there.deployed.again({
      fleet: { ...fleet, buckets: [blocksIn(first), blocksIn(second)] },
    });
    const ALERTED = "alerted-in-wave-";
    const sent: string[] = [];
    let isOver = false;
    const over = changed.finally(() => {
      isOver = true;
    });
    for (let wave = 0; !isOver; wave += 1) {
      await there.createCluster(`wave-${wave}`, { stage: "wave" });
      await raise(`${ALERTED}${wave}`);
      sent.push(`wave-${wave}`);
      await sleep(WAVE_MS);
    }
    const again = await over;
    slack.behave({ delayMs: 0 });
    expect(codeOf(again.graph)).not.toEqual(codeOf(there.deployed.graph));
    await time.reached(`deployed again while ${sent.length} clusters and alerts came`, async () => true);

    await upload(s3Client(hub), second, await readRecording(recordingOf("healthy")));
    await time.reached("the new bucket is indexed", async () => (await indexed(second)) > 0);
    // ministack ends processes in mid-invocation: what they held comes back when its visibility is over.
    await there.clock.pass(Math.max(...Object.values(queues).map(({ visibilitySeconds }) => visibilitySeconds)));
    await time.reached("every cluster is on record", async () => {
      const known = new Set((await dynamoRegistry(records()).all()).map(({ arn }) => arn.split("/").at(-1)));
      return sent.every((name) => known.has(name));
    });
    // Many that come back at once are told in one post, by their names.
    await time.reached("every alert is at Slack", async () =>
      sent.every((_, wave) => slack.posts.some((post) => new RegExp(`\\b${ALERTED}${wave}\\b`).test(post))),
    );
    await time.reached("nothing waits", async () => {
      const waiting = await Promise.all(Object.keys(queues).map((name) => depth(sqs(), again.queueUrl(name))));
      return waiting.every((count) => count === 0);
    });
    const dead = again.graph.resources.filter(
      ({ type, inputs }) => type === "aws:sqs/queue:Queue" && String(inputs.name).includes("dlq"),
    );
    expect(await Promise.all(dead.map(({ id }) => depth(sqs(), id)))).toEqual(dead.map(() => 0));
  });
});

/** Where the code of each function lies: its name is its digest. */
function codeOf({ resources }: Installed["deployed"]["graph"]) {
  return resources.flatMap(({ type, inputs }) => (type === "aws:lambda/function:Function" ? [inputs.s3Key] : []));
}
