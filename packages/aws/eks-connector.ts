import type { CredentialsProvider } from "#aws/assumed-role";
import type { Clock } from "#fleet/clock";
import { helmOn } from "#helm/helm";
import { fromDescription } from "#kube/connection";
import { eksToken } from "#kube/eks-token";
import { kubeApi } from "#kube/kube-api";
import type { Connector } from "#onboard/ports";

export interface EksConnectorOptions {
  /** Of the role that has the access entries; they must hold for as long as the token, 15 minutes. */
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
  /** Path of a helm 4: asked for when it is first needed, for most that connect do without. */
  readonly helm: () => Promise<string>;
  /** A writable folder for helm. */
  readonly workDir: string;
}

/** Connects to EKS clusters: a token per connection, and the authority of this very description. */
export function eksConnector({ credentials, clock, helm, workDir }: EksConnectorOptions): Connector {
  return {
    connect: async (cluster) => {
      const { name: clusterName, region } = cluster.ref;
      const token = await eksToken({ clusterName, region, credentials: await credentials(), clock });
      const connection = fromDescription(cluster, token);
      const kube = kubeApi(connection);
      const access = { server: connection.server, certificateAuthority: cluster.certificateAuthority, token };
      return { kube, helm: helmOn({ binary: helm, access, kube, clock, workDir }) };
    },
  };
}
