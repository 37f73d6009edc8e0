import { mkdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { auditBucket } from "#blocks/audit";
import type { Cli } from "#cli/cli";
import { driveUntilSettled } from "#cli/demo/drive";
import { CLUSTERS, demoFleet, RECORDED, SLACK_SECRET } from "#cli/demo/fleet";
import { logFile } from "#cli/demo/log-file";
import { narrate } from "#cli/demo/narrator";
import { createClusters, prepareWorld } from "#cli/demo/world";
import { print, widthOf } from "#cli/output";
import { openStage, type Stage } from "#cli/stage/stage";
import { defaultAuditSettings } from "#config/audit-settings";
import { resolveChart } from "#helm/charts";
import { directoryBucket } from "#local/directory-bucket";
import { atPath } from "#local/if-there";
import { materialise } from "#local/recorded-bucket";
import { skippingClock } from "#local/skipping-clock";
import { renderAudit } from "#report/audit-table";
import { renderRollCall } from "#report/roll-call";
import { wrap } from "#report/text";

export interface DemoOptions {
  /** Where its state lives. */
  readonly folder: string;
  /** Stay up and show what happens, until told to stop. */
  readonly watch: boolean;
  readonly signal: AbortSignal;
}

/** A bucket judged and three clusters brought in, by the handlers that are deployed, without an account. */
export async function runDemo(cli: Cli, { folder, watch, signal }: DemoOptions): Promise<void> {
  await atPath(folder, () => mkdir(folder, { recursive: true }));
  await introduce(cli, folder);
  const bucket = join(folder, "buckets", RECORDED.name);
  await materialise(RECORDED.path, bucket);
  await auditFirst(cli, bucket);

  const log = await logFile(join(folder, "log.jsonl"));
  const webhook = cli.env.SLACK_WEBHOOK_URL;
  const stage = await openStage({
    folder,
    config: demoFleet({ bucket: resolve(bucket), slack: webhook !== undefined && webhook !== "" }),
    clock: skippingClock(cli.clock),
    log: log.write,
    secrets: { [SLACK_SECRET]: webhook },
    path: cli.env.PATH ?? "",
  });
  try {
    await catchUpWithLastRun(stage);
    await bringIn(cli, stage, signal);
    if (!signal.aborted) await finish(cli, stage, folder);
    if (watch && !signal.aborted) await watchOn(cli, stage, signal);
  } finally {
    await stage.close();
    await log.close();
  }
}

/** The clock of a run that went on ahead of the real one is where the next one begins, with a sweep due. */
async function catchUpWithLastRun({ ports, clock }: Stage): Promise<void> {
  const records = await ports.registry.all();
  const last = Math.max(0, ...records.map(({ updatedAt }) => Date.parse(updatedAt)));
  if (last > 0) clock.skipTo(new Date(last + SWEEP_MS));
}

/** Just over the interval of sweeps. */
const SWEEP_MS = 16 * 60_000;

async function introduce(cli: Cli, folder: string): Promise<void> {
  const chart = await resolveChart({ name: "kube-prometheus-stack", standIn: "allowed" });
  const { name, version, standIn } = chart;
  if (standIn)
    tell(
      cli,
      `Stand-in chart: ${name} was not pulled (musterbook charts pull; it needs the internet), so our ${version} is installed, which renders the same objects.`,
    );
  else tell(cli, `Chart: ${name} ${version}, ${chart.digest.slice(0, 19)}.`);
  tell(
    cli,
    `Real: helm, the handlers, the bucket's contents. Local stand-ins: the Kubernetes APIs, EKS, DNS, the Querier. The clock is put forward where only time is awaited. State and logs: ${shown(folder)}`,
  );
}

async function auditFirst(cli: Cli, path: string): Promise<void> {
  heading(cli, "1. A bucket that a real Prometheus and Thanos wrote, with a fault in it");
  const settings = { ...defaultAuditSettings(), replicaLabels: [...RECORDED.settings.replicaLabels] };
  print(cli, cli.stdout, `$ musterbook audit ${shown(path)} --now ${RECORDED.at}\n`);
  const report = await auditBucket({ bucket: directoryBucket(shown(path)), settings, now: new Date(RECORDED.at) });
  print(cli, cli.stdout, renderAudit(report, { width: widthOf(cli.stdout), all: false }));
}

async function bringIn(cli: Cli, stage: Stage, signal: AbortSignal): Promise<void> {
  heading(cli, "2. Three clusters are created; each is an event, and nothing more");
  await prepareWorld(stage);
  const narrator = await narrate(cli, stage);
  const created = await createClusters(stage);
  for (const { ref, story } of CLUSTERS) {
    const verb = created.includes(ref.name) ? "CreateCluster" : "is there already";
    print(cli, cli.stdout, `  ${ref.name.padEnd(8)} ${verb}; it ${story}\n`);
  }
  print(cli, cli.stdout, "\n");
  await driveUntilSettled(stage, narrator, signal);
  narrator.end();
  if (narrator.told.steps + narrator.told.alerts === 0) tell(cli, "  Nothing to do: all is as the last run left it.");
}

async function finish(cli: Cli, stage: Stage, folder: string): Promise<void> {
  heading(cli, "3. The roll call");
  const records = await stage.ports.registry.all();
  print(cli, cli.stdout, renderRollCall(records, { width: widthOf(cli.stdout), now: stage.clock.now() }));
  print(
    cli,
    cli.stdout,
    `\nThe store list that the Querier reads: ${shown(join(folder, "stores", "endpoints.yaml"))}\n\n`,
  );
  print(cli, cli.stdout, "Audit a bucket of yours:   npx musterbook audit s3://your-bucket\n");
  print(cli, cli.stdout, "Observe a cluster of yours: npx musterbook observe --context your-context\n");
}

async function watchOn(cli: Cli, stage: Stage, signal: AbortSignal): Promise<void> {
  print(cli, cli.stdout, "\n");
  tell(cli, "Watching; Ctrl-C ends it. In another terminal: npx musterbook replay test/events/update-shop-1.json");
  const narrator = await narrate(cli, stage);
  const timer = setInterval(() => void narrator.catchUp(), WATCH_MS);
  try {
    await stage.runtime.run({ signal });
  } finally {
    clearInterval(timer);
    narrator.end();
  }
}

const WATCH_MS = 1_000;

function heading(cli: Cli, text: string): void {
  print(cli, cli.stdout, `\n${text}\n\n`);
}

function tell(cli: Cli, text: string): void {
  print(cli, cli.stdout, `${wrap(text, { width: widthOf(cli.stdout) }).join("\n")}\n`);
}

function shown(path: string): string {
  return relative(process.cwd(), path) || path;
}
