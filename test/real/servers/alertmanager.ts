import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { program } from "#test/real/programs/provision";
import { answers, freePort, type Server, startServer } from "#test/real/servers/process";
import { scratchFolder } from "#test/real/servers/scratch";

export interface Alertmanager extends Server {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
}

export interface AlertmanagerOptions {
  /** alertmanager.yml */
  readonly config: string;
  /** `alertmanager-0.25` is Debian's, as an old one in the field. */
  readonly version?: "alertmanager" | "alertmanager-0.25";
  readonly env?: Readonly<Record<string, string>>;
}

/** An Alertmanager without peers. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
  const { config, version = "alertmanager", env = {} } = options;
  const folder = await scratchFolder();
  const file = join(folder, "alertmanager.yml");
  await writeFile(file, config);
  await mkdir(join(folder, "data"));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const server = await startServer({
    name: version,
    command: await program(version),
    args: [
      `--config.file=${file}`,
      `--storage.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--cluster.listen-address=",
    ],
    env,
    ready: answers(`${url}/-/ready`),
  });
  return { ...server, url };
}
