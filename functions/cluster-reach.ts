import { eksConnector } from "#aws/eks-connector";
import type { Reach } from "#functions/aws-ports";
import { helmBinary } from "#helm/binary";
import { resolveChart } from "#helm/charts";

/** Clusters by EKS's tokens, Kubernetes' client and helm. */
export const clusterReach: Reach = ({ installation, accounts, clock }) => {
  const { clusterRole, workDir, path, host, charts } = installation;
  const credentials = accounts.credentials(clusterRole);
  const helm = async () => (await helmBinary({ path, ...(host === undefined ? {} : { host }) })).helm;
  return {
    connector: eksConnector({ credentials, clock, helm, workDir }),
    // A real cluster never gets the chart that stands in for the real one in demonstrations.
    chart: (name) => resolveChart({ name, standIn: "refused", ...(charts === undefined ? {} : { folder: charts }) }),
  };
};
