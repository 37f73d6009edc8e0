import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeKubeconfig } from "#helm/kubeconfig";
import { selfSignedCertificate } from "#local/kubernetes/certificate";
import { program } from "#test/real/programs/provision";
import { callApi } from "#test/real/servers/api";
import { type Etcd, startEtcd } from "#test/real/servers/etcd";
import { freePorts, type Server, startServer } from "#test/real/servers/process";
import { POD_ADDRESS, startWayOut, type WayOut } from "#test/real/servers/reachable";
import { scratchFolder } from "#test/real/servers/scratch";

export interface RealCluster {
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  /** PEM, base64. */
  readonly certificateAuthority: string;
  /** Of a member of `system:masters`. */
  readonly adminToken: string;
  /** Path of a kubeconfig with the admin's token. */
  readonly kubeconfig: string;
  /** Where the objects are kept. */
  readonly etcd: Etcd;
  stop(): Promise<void>;
}

export interface User {
  readonly token: string;
  readonly name: string;
  readonly groups?: readonly string[];
}

export interface RealClusterOptions {
  /** Known besides the admin; what they may do is up to RBAC. */
  readonly users?: readonly User[];
  /** Asked about every other token. Its answers are not kept, except that the API server itself trusts a token for 10 s once it was accepted. */
  readonly tokenWebhook?: {
    /** `https://...`, or `http://...` on loopback. */
    readonly url: string;
    /** PEM, base64. */
    readonly certificateAuthority?: string;
  };
  /** Whether namespaces are emptied when they are deleted, dependents go with their owners, and Services get Endpoints. */
  readonly controllers?: boolean;
  /** A loopback address that it listens on. Default: 127.0.0.1, which functions on ministack reach without TLS only. */
  readonly host?: string;
}

const ADMIN: User = { token: "admin-token", name: "admin", groups: ["system:masters"] };
const HOST = "127.0.0.1";

/** An etcd and a kube-apiserver with TLS and RBAC, without nodes and without pods. Services reach loopback under POD_ADDRESS. */
export async function startCluster(options: RealClusterOptions = {}): Promise<RealCluster> {
  const { host = HOST } = options;
  const folder = await scratchFolder();
  const [port = 0, managerPort = 0] = await freePorts(2);
  const [etcd, wayOut] = await Promise.all([startEtcd(), startWayOut(folder)]);
  const files = await writeFiles(folder, options, wayOut);
  const server = `https://${host}:${port}`;
  const apiServer = await startServer({
    name: "kube-apiserver",
    command: await program("kube-apiserver"),
    args: apiServerFlags({ host, port, etcd: etcd.url, files, hasWebhook: options.tokenWebhook !== undefined }),
    ready: readyAt(`${server}/readyz`, files.certificateAuthority),
  });
  const access = { server, certificateAuthority: files.certificateAuthority, token: ADMIN.token };
  const kubeconfig = join(folder, "kubeconfig");
  await writeKubeconfig(kubeconfig, access);
  const manager =
    options.controllers === true ? await startControllers({ port: managerPort, kubeconfig, files }) : undefined;
  return {
    server,
    certificateAuthority: files.certificateAuthority,
    adminToken: ADMIN.token,
    kubeconfig,
    etcd,
    async stop() {
      // Nothing of it is needed afterwards: they need not say goodbye.
      await manager?.kill();
      await apiServer.kill();
      await Promise.all([etcd.kill(), wayOut.close()]);
    },
  };
}

interface Files {
  readonly certificate: string;
  readonly key: string;
  /** PEM, base64. */
  readonly certificateAuthority: string;
  readonly serviceAccountKey: string;
  readonly tokens: string;
  readonly egress: string;
  readonly webhook: string;
}

async function writeFiles(folder: string, options: RealClusterOptions, wayOut: WayOut): Promise<Files> {
  const { cert, key } = selfSignedCertificate(options.host ?? HOST);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const users = [ADMIN, ...(options.users ?? [])];
  const paths = {
    certificate: join(folder, "tls.crt"),
    key: join(folder, "tls.key"),
    serviceAccountKey: join(folder, "service-accounts.key"),
    tokens: join(folder, "tokens.csv"),
    egress: join(folder, "egress.json"),
    webhook: join(folder, "token-webhook.json"),
  };
  const contents: Record<keyof typeof paths, string> = {
    certificate: cert,
    key,
    serviceAccountKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    tokens: users.map((user) => `${user.token},${user.name},${user.name},"${user.groups?.join(",") ?? ""}"\n`).join(""),
    egress: wayOut.config,
    webhook: webhookConfig(options.tokenWebhook),
  };
  const names = Object.keys(paths) as (keyof typeof paths)[];
  await Promise.all(names.map((name) => writeFile(paths[name], contents[name], { mode: 0o600 })));
  return { ...paths, certificateAuthority: Buffer.from(cert).toString("base64") };
}

function webhookConfig(webhook: RealClusterOptions["tokenWebhook"]): string {
  if (webhook === undefined) return "";
  const { url, certificateAuthority } = webhook;
  const trust = certificateAuthority === undefined ? {} : { "certificate-authority-data": certificateAuthority };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "webhook", cluster: { server: url, ...trust } }],
    users: [{ name: "kube-apiserver", user: {} }],
    contexts: [{ name: "webhook", context: { cluster: "webhook", user: "kube-apiserver" } }],
    "current-context": "webhook",
  });
}

interface ApiServer {
  readonly host: string;
  readonly port: number;
  readonly etcd: string;
  readonly files: Files;
  readonly hasWebhook: boolean;
}

function apiServerFlags({ host, port, etcd, files, hasWebhook }: ApiServer): readonly string[] {
  const webhook = [
    `--authentication-token-webhook-config-file=${files.webhook}`,
    "--authentication-token-webhook-cache-ttl=0s",
    "--authentication-token-webhook-version=v1",
  ];
  return [
    `--etcd-servers=${etcd}`,
    `--bind-address=${host}`,
    `--secure-port=${port}`,
    // Without an address that others could reach it does not start, even if nobody is told of it.
    `--advertise-address=${POD_ADDRESS}`,
    "--endpoint-reconciler-type=none",
    "--service-cluster-ip-range=10.96.0.0/16",
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.key}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    "--authorization-mode=RBAC",
    `--token-auth-file=${files.tokens}`,
    // Nobody makes the namespaces' default accounts, and no pod would use one.
    "--disable-admission-plugins=ServiceAccount",
    `--egress-selector-config-file=${files.egress}`,
    ...(hasWebhook ? webhook : []),
  ];
}

/** Of its many controllers those that `playNodes` does not stand for. */
async function startControllers(of: { port: number; kubeconfig: string; files: Files }): Promise<Server> {
  const { port, kubeconfig, files } = of;
  return startServer({
    name: "kube-controller-manager",
    command: await program("kube-controller-manager"),
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--bind-address=${HOST}`,
      `--secure-port=${port}`,
      `--tls-cert-file=${files.certificate}`,
      `--tls-private-key-file=${files.key}`,
      "--leader-elect=false",
      "--controllers=namespace-controller,garbage-collector-controller,endpoints-controller",
    ],
    ready: readyAt(`https://${HOST}:${port}/healthz`, files.certificateAuthority),
  });
}

function readyAt(url: string, certificateAuthority: string): () => Promise<boolean> {
  return async () => {
    try {
      return (await callApi({ url, certificateAuthority })).status === 200;
    } catch (error) {
      if (error instanceof Error && "code" in error) return false;
      throw error;
    }
  };
}
