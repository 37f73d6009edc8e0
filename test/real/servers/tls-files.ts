import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CertificateAuthority } from "#local/kubernetes/certificate";
import { scratchFolder } from "#test/real/servers/scratch";

/** Paths of PEM files, as Thanos reads them. */
export interface TlsFiles {
  /** Who signed the certificates of the other side. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** Issues a certificate and writes it down, with the authority's own beside it. */
export async function writeTlsFiles(
  authority: CertificateAuthority,
  of: Parameters<CertificateAuthority["issue"]>[0],
): Promise<TlsFiles> {
  const folder = await scratchFolder();
  const { cert, key } = authority.issue(of);
  const files = { caFile: join(folder, "ca.crt"), certFile: join(folder, "tls.crt"), keyFile: join(folder, "tls.key") };
  await writeFile(files.caFile, authority.cert);
  await writeFile(files.certFile, cert);
  await writeFile(files.keyFile, key, { mode: 0o600 });
  return files;
}

/** Flags of Thanos's gRPC servers. That an authority of clients is named makes their certificates mandatory. */
export function serverTlsFlags({ caFile, certFile, keyFile }: TlsFiles): readonly string[] {
  return [
    `--grpc-server-tls-cert=${certFile}`,
    `--grpc-server-tls-key=${keyFile}`,
    `--grpc-server-tls-client-ca=${caFile}`,
  ];
}
