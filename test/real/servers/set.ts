import { startEksShim } from "#test/real/eks/shim";
import { startAlertmanager } from "#test/real/servers/alertmanager";
import { startCluster } from "#test/real/servers/cluster";
import { startMinistack } from "#test/real/servers/ministack";
import { startMoto } from "#test/real/servers/moto";
import { playNodes } from "#test/real/servers/nodes";
import { runningServers } from "#test/real/servers/process";
import { startPrometheus } from "#test/real/servers/prometheus";
import { startQuerier } from "#test/real/servers/querier";
import { removeScratchFolders } from "#test/real/servers/scratch";
import { startSidecar } from "#test/real/servers/sidecar";
import { startVersitygw } from "#test/real/servers/versitygw";

const LABELS = { cluster: "dev-1", region: "eu-west-1", stage: "dev", prometheus_replica: "prometheus-0" };
const SILENT = "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n";

/** The whole set, for a developer: `npm run real -- up`. */
export async function startSet(): Promise<{
  readonly addresses: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}> {
  const [aws, kubernetes, metrics, alertmanagers] = await Promise.all([
    startAws(),
    startKubernetes(),
    startMetrics(),
    startAlertmanagers(),
  ]);
  return {
    addresses: { ...aws.addresses, ...kubernetes.addresses, ...metrics, ...alertmanagers },
    stop: async () => {
      await Promise.all([aws.close(), kubernetes.close()]);
      await Promise.all(runningServers().map((server) => server.stop()));
      await removeScratchFolders();
    },
  };
}

async function startAws() {
  const [ministack, moto, { s3 }] = await Promise.all([startMinistack(), startMoto(), startVersitygw()]);
  const shim = await startEksShim({ upstream: ministack.emulator.url, delays: { clusterMs: 5_000, entryMs: 5_000 } });
  const addresses = {
    AWS_ENDPOINT_URL: ministack.emulator.url,
    AWS_ENDPOINT_URL_EKS: shim.url,
    AWS_ENDPOINT_URL_STS: shim.url,
    "S3 (versitygw)": `${s3.url}  key ${s3.accessKeyId}, secret ${s3.secretAccessKey}`,
    "AWS (moto)": moto.emulator.url,
  };
  return { addresses, close: () => shim.close() };
}

async function startKubernetes() {
  const cluster = await startCluster({ controllers: true });
  const nodes = await playNodes(cluster);
  const close = async () => {
    await nodes.stop();
    await cluster.stop();
  };
  return { addresses: { KUBECONFIG: cluster.kubeconfig }, close };
}

async function startMetrics() {
  const prometheus = await startPrometheus({ externalLabels: LABELS });
  const sidecar = await startSidecar({ prometheus });
  const querier = await startQuerier({ flags: [`--endpoint=127.0.0.1:${sidecar.grpcPort}`] });
  return { Prometheus: prometheus.url, "Thanos sidecar": sidecar.url, "Thanos Querier": querier.url };
}

async function startAlertmanagers() {
  const [current, old] = await Promise.all([
    startAlertmanager({ config: SILENT }),
    startAlertmanager({ config: SILENT, version: "alertmanager-0.25" }),
  ]);
  return { Alertmanager: current.url, "Alertmanager 0.25": old.url };
}
