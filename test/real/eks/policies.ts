import { withToken } from "#kube/connection";
import { kubeApi } from "#kube/kube-api";
import { groupOf } from "#test/real/eks/token-review";
import type { RealCluster } from "#test/real/servers/cluster";

/** ClusterRoles that allow about what a policy of EKS does. `view` itself is empty without the controller that fills it. */
const ROLES = {
  AmazonEKSClusterAdminPolicy: "cluster-admin",
  AmazonEKSViewPolicy: "system:aggregate-to-view",
} as const;

/** Lets the groups that stand for policies do what EKS would let their bearers do. */
export async function bindPolicies(
  cluster: Pick<RealCluster, "server" | "certificateAuthority" | "adminToken">,
): Promise<void> {
  const kube = kubeApi(withToken({ ...cluster, token: cluster.adminToken }));
  for (const [policy, role] of Object.entries(ROLES)) {
    await kube.apply({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: groupOf(policy) },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: groupOf(policy) }],
    });
  }
}
