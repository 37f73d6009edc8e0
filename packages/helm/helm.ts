import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#fleet/clock";
import { RetryableError } from "#fleet/errors";
import { parseCrds } from "#helm/crds";
import { failureOf } from "#helm/failure";
import { type ClusterAccess, writeKubeconfig } from "#helm/kubeconfig";
import { run } from "#helm/process";
import { forgetRevision, readRevisions } from "#helm/revisions";
import type { ChartRef, Helm, KubeApi, KubeObject, UpgradeRequest } from "#onboard/ports";

export interface HelmOptions {
  /** Path of a helm 4, e.g. from `helmBinary()`, or how to find it. */
  readonly binary: string | (() => Promise<string>);
  readonly access: ClusterAccess;
  readonly kube: KubeApi;
  readonly clock: Clock;
  /** A writable folder; each call makes a private one in it and removes it. */
  readonly workDir: string;
  /** What else helm's environment must hold, e.g. PATH for a kubeconfig with a credential plugin. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How long before the deadline helm gets SIGTERM: it still has to write `failed` into the release record. */
const STOP_MARGIN_MS = 30_000;
/** helm's own time-out must end first, for then it says what it waited for. */
const TIMEOUT_SHARE = 0.8;
const MAX_TIMEOUT_S = 300;
const MIN_RUN_MS = 2_000;
const HISTORY_MAX = "3";

interface Run {
  readonly subject: string;
  readonly args: readonly string[];
  readonly deadline?: Date;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** The real helm on one cluster. Values and credentials live in files that only we can read, for the length of a call. */
export function helmOn(options: HelmOptions): Helm {
  const { kube } = options;
  return {
    revisions: (release, namespace) => readRevisions(kube, release, namespace),
    forget: (revision) => forgetRevision(kube, revision),
    crds: (chart) => crdsOf(options, chart),
    async upgrade(request) {
      await call(options, upgradeRun(request));
    },
    async rollback(release, namespace, revision, deadline) {
      const args = ["rollback", release, String(revision), "--namespace", namespace, "--history-max", HISTORY_MAX];
      await call(options, { subject: `helm rollback of ${namespace}/${release} to ${revision}`, args, deadline });
    },
    async uninstall(release, namespace, deadline) {
      const args = ["uninstall", release, "--namespace", namespace, "--ignore-not-found"];
      await call(options, { subject: `helm uninstall of ${namespace}/${release}`, args, deadline });
    },
  };
}

/** No `--wait`: load balancers take minutes and are awaited by later looks. Never by force, never taking ownership. */
function upgradeRun({ release, namespace, chart, values, labels, deadline }: UpgradeRequest): Run {
  const ours = Object.entries(labels).flatMap(([key, value]) => ["--labels", `${key}=${value}`]);
  const target = ["upgrade", "--install", release, chart.path, "--namespace", namespace, "--create-namespace"];
  const args = [...target, "--skip-crds", "--history-max", HISTORY_MAX, "--hide-notes", ...ours];
  return { subject: `helm upgrade of ${namespace}/${release}`, args, deadline, values };
}

async function crdsOf(options: HelmOptions, chart: ChartRef): Promise<readonly KubeObject[]> {
  const stdout = await call(options, { subject: `helm show crds ${chart.name}`, args: ["show", "crds", chart.path] });
  return parseCrds(stdout, chart);
}

async function call(options: HelmOptions, { subject, args, deadline, values }: Run): Promise<string> {
  const stopAfterMs = deadline === undefined ? undefined : timeFor(subject, deadline, options.clock);
  const binary = typeof options.binary === "string" ? options.binary : await options.binary();
  const folder = await mkdtemp(join(options.workDir, "helm-"));
  try {
    const limits = stopAfterMs === undefined ? [] : ["--timeout", `${timeoutSeconds(stopAfterMs)}s`];
    const files = await writeFiles(folder, options.access, values);
    const env = { ...options.env, ...homes(folder) };
    const limit = stopAfterMs === undefined ? {} : { stopAfterMs };
    const finished = await run(binary, [...args, ...limits, ...files], { env, cwd: folder, ...limit });
    if (finished.code !== 0) throw failureOf(subject, finished, secretsOf(options.access));
    return finished.stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function timeFor(subject: string, deadline: Date, clock: Clock): number {
  const left = deadline.getTime() - clock.now().getTime() - STOP_MARGIN_MS;
  if (left >= MIN_RUN_MS) return left;
  throw new RetryableError(`${subject} was not started: too little time before ${deadline.toISOString()}`, {
    reason: "helm-interrupted",
    remedy: `Nothing to do: the next look starts it. It needs more than ${(STOP_MARGIN_MS + MIN_RUN_MS) / 1000} s.`,
  });
}

function timeoutSeconds(stopAfterMs: number): number {
  return Math.max(1, Math.min(MAX_TIMEOUT_S, Math.floor((stopAfterMs * TIMEOUT_SHARE) / 1000)));
}

async function writeFiles(
  folder: string,
  access: ClusterAccess,
  values: Readonly<Record<string, unknown>> | undefined,
): Promise<readonly string[]> {
  const kubeconfig = "kubeconfig" in access ? access.kubeconfig : join(folder, "kubeconfig.json");
  if (!("kubeconfig" in access)) await writeKubeconfig(kubeconfig, access);
  const flags = ["--kubeconfig", kubeconfig];
  if (values === undefined) return flags;
  const file = join(folder, "values.json");
  await writeFile(file, JSON.stringify(values), { mode: 0o600 });
  return [...flags, "--values", file];
}

function homes(folder: string): Readonly<Record<string, string>> {
  return {
    HOME: folder,
    HELM_CACHE_HOME: join(folder, "cache"),
    HELM_CONFIG_HOME: join(folder, "config"),
    HELM_DATA_HOME: join(folder, "data"),
  };
}

function secretsOf(access: ClusterAccess): readonly string[] {
  return "kubeconfig" in access ? [] : [access.token];
}
