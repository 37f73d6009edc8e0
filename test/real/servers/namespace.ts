import { callApi } from "#test/real/servers/api";
import type { RealCluster } from "#test/real/servers/cluster";

/** Makes a namespace that is there before Musterbook. */
export async function createNamespace(
  { server, certificateAuthority, adminToken }: RealCluster,
  name: string,
): Promise<void> {
  const { status } = await callApi({
    url: `${server}/api/v1/namespaces`,
    ...{ certificateAuthority, token: adminToken, method: "POST", contentType: "application/json" },
    body: JSON.stringify({ metadata: { name } }),
  });
  if (status !== 201) throw new Error(`the namespace is refused: ${status}`);
}
