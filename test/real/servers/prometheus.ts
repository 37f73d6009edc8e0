import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { program } from "#test/real/programs/provision";
import { answers, freePort, type Server, startServer } from "#test/real/servers/process";
import { scratchFolder } from "#test/real/servers/scratch";

export interface Prometheus extends Server {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Where its blocks and its WAL are. */
  readonly data: string;
}

export interface PrometheusOptions {
  /** A sidecar ends itself where there are none. */
  readonly externalLabels: Readonly<Record<string, string>>;
  /** Between the scrapes of itself, which is by default its only target; 1 by default. */
  readonly scrapeSeconds?: number;
  /** By default. Without, it has no target at all. */
  readonly scrapesItself?: boolean;
  /** Other targets, `host:port`, under `job="others"`. */
  readonly others?: readonly string[];
  /** Whole scrape configurations besides. */
  readonly scrapes?: readonly object[];
  readonly flags?: readonly string[];
}

/** A Prometheus that scrapes itself under `job="prometheus"`. */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { externalLabels, scrapeSeconds = 1, scrapesItself = true, others = [], flags = [] } = options;
  const folder = await scratchFolder();
  const data = join(folder, "data");
  await mkdir(data);
  const address = `127.0.0.1:${await freePort()}`;
  const config = join(folder, "prometheus.yml");
  const scrape = { job_name: "prometheus", static_configs: [{ targets: [address] }] };
  const global = {
    scrape_interval: `${scrapeSeconds}s`,
    scrape_timeout: `${scrapeSeconds}s`,
    external_labels: externalLabels,
  };
  const other = { job_name: "others", static_configs: [{ targets: others }] };
  const scrapes = [
    ...(scrapesItself ? [scrape] : []),
    ...(others.length > 0 ? [other] : []),
    ...(options.scrapes ?? []),
  ];
  // JSON is YAML.
  await writeFile(config, JSON.stringify({ global, scrape_configs: scrapes }));
  const url = `http://${address}`;
  const server = await startServer({
    name: "prometheus",
    command: await program("prometheus"),
    args: [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${address}`, ...flags],
    ready: answers(`${url}/-/ready`),
  });
  return { ...server, url, data };
}
