import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { parseAllDocuments } from "yaml";
import { helmBinary } from "#helm/binary";
import { run } from "#helm/process";
import type { KubeObject } from "#onboard/ports";

const Objects = v.array(
  v.looseObject({ apiVersion: v.string(), kind: v.string(), metadata: v.looseObject({ name: v.string() }) }),
);

export const STAND_IN = resolve(import.meta.dirname, "../../charts/kube-prometheus-stack-stand-in");

/** What `helm template musterbook --namespace monitoring` makes of the stand-in chart with these values. */
export async function renderStandIn(values: Readonly<Record<string, unknown>>): Promise<readonly KubeObject[]> {
  const { helm } = await helmBinary({ path: process.env.PATH ?? "" });
  const folder = await mkdtemp(join(tmpdir(), "musterbook-render-"));
  try {
    const file = join(folder, "values.json");
    await writeFile(file, JSON.stringify(values));
    const args = ["template", "musterbook", STAND_IN, "--namespace", "monitoring", "--values", file];
    const { code, stdout, stderr } = await run(helm, args, { env: { HOME: folder } });
    if (code !== 0) throw new Error(stderr);
    const documents = [...parseAllDocuments(stdout)].map((document) => document.toJS() as unknown);
    return v.parse(
      Objects,
      documents.filter((body) => body !== null),
    ) as readonly KubeObject[];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A line of `objects.txt`. */
export function lineOf({ apiVersion, kind, metadata }: KubeObject): string {
  const hook = metadata.annotations?.["helm.sh/hook"];
  const line = [apiVersion, kind, metadata.namespace ?? "-", metadata.name].join(" ");
  return hook === undefined ? line : `${line} hook=${hook}`;
}
