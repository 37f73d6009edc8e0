import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "#fleet/clock";
import { RetryableError } from "#fleet/errors";
import { helmBinary } from "#helm/binary";
import { helmOn } from "#helm/helm";
import { fromDescription } from "#kube/connection";
import { kubeApi } from "#kube/kube-api";
import { createEmbeddedCluster } from "#local/kubernetes/cluster";
import type { EmbeddedCluster } from "#local/kubernetes/embedded-cluster";
import { type KubernetesServer, serveKubernetes } from "#local/kubernetes/server";
import { sqliteKubeStorage } from "#local/kubernetes/storage";
import type { Connector } from "#onboard/ports";

/** Kubernetes APIs in this process, one per cluster of the local EKS, kept in the stage's database. */
export interface LocalFleet extends Connector {
  /** The API of a cluster, by its ARN; made when it is first asked for. */
  cluster(arn: string): EmbeddedCluster;
  close(): Promise<void>;
}

export interface LocalFleetOptions {
  readonly db: DatabaseSync;
  readonly clock: Clock;
  /** A writable folder for helm. */
  readonly workDir: string;
  /** Search path where the layer's binaries do not run. */
  readonly path: string;
}

/** Connects to embedded clusters over HTTP on loopback, with the Kubernetes client and the real helm. */
export function localFleet({ db, clock, workDir, path }: LocalFleetOptions): LocalFleet {
  const clusters = new Map<string, EmbeddedCluster>();
  const servers = new Map<string, Promise<KubernetesServer>>();

  const cluster = (arn: string): EmbeddedCluster => {
    const made = clusters.get(arn) ?? createEmbeddedCluster({ name: arn, clock, storage: sqliteKubeStorage(db, arn) });
    clusters.set(arn, made);
    return made;
  };
  const server = (arn: string): Promise<KubernetesServer> => {
    const serving = servers.get(arn) ?? serveKubernetes(cluster(arn), { host: "127.0.0.1", port: 0 });
    servers.set(arn, serving);
    return serving;
  };

  return {
    cluster,
    connect: async (description) => {
      if (!description.endpointPublicAccess) throw outOfReach(description.ref.arn);
      const { url } = await server(description.ref.arn);
      const kube = kubeApi(fromDescription({ ...description, endpoint: url, certificateAuthority: null }, "local"));
      const { helm: binary } = await helmBinary({ path });
      const access = { server: url, certificateAuthority: null, token: "local" };
      return { kube, helm: helmOn({ binary, access, kube, clock, workDir }) };
    },
    close: async () => {
      const all = await Promise.all(servers.values());
      await Promise.all(all.map((one) => one.close()));
    },
  };
}

function outOfReach(arn: string): RetryableError {
  return new RetryableError(`${arn} is not reachable from here`, {
    reason: "unreachable",
    remedy: "Its endpoint is private: it is reached from within its VPC only.",
  });
}
