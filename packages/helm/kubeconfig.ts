import { writeFile } from "node:fs/promises";

/** How helm reaches one cluster: a kubeconfig of the user's, or the parts of a connection. */
export type ClusterAccess =
  | { readonly kubeconfig: string }
  | {
      /** `https://...` */
      readonly server: string;
      /** PEM, base64; null trusts the system's certificates. */
      readonly certificateAuthority: string | null;
      readonly token: string;
    };

/** Writes a kubeconfig that only its owner can read. JSON is YAML. */
export async function writeKubeconfig(
  path: string,
  access: Extract<ClusterAccess, { readonly server: string }>,
): Promise<void> {
  const { server, certificateAuthority, token } = access;
  const trust = certificateAuthority === null ? {} : { "certificate-authority-data": certificateAuthority };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "cluster", cluster: { server, ...trust } }],
    users: [{ name: "musterbook", user: { token } }],
    contexts: [{ name: "musterbook", context: { cluster: "cluster", user: "musterbook" } }],
    "current-context": "musterbook",
  };
  await writeFile(path, JSON.stringify(config), { mode: 0o600 });
}
