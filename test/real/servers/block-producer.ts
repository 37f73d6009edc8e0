import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import { type Prometheus, startPrometheus } from "#test/real/servers/prometheus";
import { startSidecar } from "#test/real/servers/sidecar";

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** As Prometheus has it, and the sidecar wants it. */
export const BLOCK_RANGE = 2 * HOUR;
/** A scrape comes some seconds after the minute, so that no block begins on the grid. */
const OFFSET = 7_000;
const PATIENCE_MS = 30_000;
const ASK_MS = 50;

const BlockMeta = v.object({ ulid: v.string(), minTime: v.number(), maxTime: v.number() });
export type LocalBlock = v.InferOutput<typeof BlockMeta>;
const ShipperFile = v.object({ uploaded: v.nullish(v.array(v.string()), []) });

/**
 * A Prometheus that is told samples of hours that are over (by OTLP, oldest first) and cuts its 2 h blocks from them itself, as it
 * would have then: a block begins at its first sample and ends on the grid. Only the time in its ULID is that of today.
 */
export async function startProducer(externalLabels: Readonly<Record<string, string>>): Promise<Prometheus> {
  return startPrometheus({
    externalLabels,
    scrapesItself: false,
    flags: [
      "--storage.tsdb.min-block-duration=2h",
      "--storage.tsdb.max-block-duration=2h",
      "--storage.tsdb.retention.time=30d",
      "--web.enable-otlp-receiver",
    ],
  });
}

/**
 * Tells `series` series one sample a minute from `from` up to `to` (ms), and waits until every block is cut that a Prometheus has cut by
 * then. Call it again with `from` = the last `to` to go on.
 */
export async function scrapePast(
  { url, data }: Pick<Prometheus, "url" | "data">,
  { from, to, series = 5 }: { readonly from: number; readonly to: number; readonly series?: number },
): Promise<void> {
  for (let begin = from; begin < to; begin += HOUR) {
    const body = JSON.stringify(otlpOf(begin, Math.min(begin + HOUR, to), series));
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/api/v1/otlp/v1/metrics`, { method: "POST", headers, body });
    if (!answer.ok) throw new Error(`Prometheus refused samples: ${answer.status} ${await answer.text()}`);
  }
  const last = lastSampleBefore(to);
  // A head is cut once it spans more than one and a half ranges (prometheus tsdb/head.go, compactable).
  const newest = Math.floor((last - BLOCK_RANGE / 2 - OFFSET - 1) / BLOCK_RANGE) * BLOCK_RANGE;
  await until(async () => (await localBlocks(data)).some(({ maxTime }) => maxTime === newest));
}

function lastSampleBefore(to: number): number {
  return Math.ceil((to - OFFSET) / MINUTE) * MINUTE - MINUTE + OFFSET;
}

function otlpOf(from: number, to: number, series: number): object {
  const times: number[] = [];
  for (let time = Math.ceil((from - OFFSET) / MINUTE) * MINUTE + OFFSET; time < to; time += MINUTE) times.push(time);
  const metrics = Array.from({ length: series }, (_, index) => ({
    name: "sea_state",
    gauge: {
      dataPoints: times.map((time) => ({
        attributes: [{ key: "buoy", value: { stringValue: `${index}` } }],
        timeUnixNano: `${time}000000`,
        asDouble: index + Math.sin(time / HOUR),
      })),
    },
  }));
  return { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] };
}

/** The blocks on a producer's disk, oldest first. */
export async function localBlocks(data: string): Promise<LocalBlock[]> {
  const folders = (await readdir(data)).filter((name) => /^[0-9A-Z]{26}$/.test(name));
  const metas = await Promise.all(folders.map((name) => readFile(join(data, name, "meta.json"), "utf8")));
  return metas.map((text) => v.parse(BlockMeta, JSON.parse(text))).sort((a, b) => a.minTime - b.minTime);
}

/** Runs a sidecar until it has uploaded every block on the producer's disk to a bucket; `objstore` is the path of its YAML file. */
export async function uploadWithSidecar(
  prometheus: Prometheus,
  { name, objstore }: { readonly name: string; readonly objstore: string },
): Promise<void> {
  // One state file per bucket: the shipper would take what another bucket has for uploaded.
  const state = `thanos.shipper.${name}.json`;
  const flags = [`--objstore.config-file=${objstore}`, `--shipper.meta-file-name=${state}`];
  const sidecar = await startSidecar({ prometheus, flags });
  try {
    await until(async () => {
      const uploaded = await uploadedOf(join(prometheus.data, state));
      return (await localBlocks(prometheus.data)).every(({ ulid }) => uploaded.includes(ulid));
    });
  } finally {
    await sidecar.stop();
  }
}

async function uploadedOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  // It is replaced by a rename, so never half written.
  return v.parse(ShipperFile, JSON.parse(text)).uploaded;
}

/** Asks again and again until it is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`it was not so after ${PATIENCE_MS} ms: ${isSo}`);
    await sleep(ASK_MS);
  }
}
