import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "#test/real/programs/provision";
import { answers, freePort, type Server, startServer } from "#test/real/servers/process";

export interface S3Server {
  readonly url: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Where its buckets are folders and their objects are files. */
  readonly folder: string;
}

/** An S3 server on a folder. */
export async function startVersitygw(): Promise<{ readonly server: Server; readonly s3: S3Server }> {
  const port = await freePort();
  const base = await mkdtemp(join(tmpdir(), "musterbook-s3-"));
  const folder = join(base, "buckets");
  await mkdir(folder);
  const s3 = {
    url: `http://127.0.0.1:${port}`,
    accessKeyId: "muster",
    secretAccessKey: "muster-secret",
    folder,
  };
  const server = await startServer({
    name: "versitygw",
    command: await program("versitygw"),
    args: ["--quiet", "--port", `127.0.0.1:${port}`, "--health", "/health", "posix", folder],
    env: { ROOT_ACCESS_KEY: s3.accessKeyId, ROOT_SECRET_KEY: s3.secretAccessKey },
    ready: answers(`${s3.url}/health`),
  });
  return {
    server: { ...server, stop: () => server.stop().then(() => rm(base, { recursive: true, force: true })) },
    s3,
  };
}
