import type { FleetBlock } from "#bench/audit/fleet";

/** What stands in for the data of each block. */
export interface Bodies {
  readonly index: Buffer;
  readonly chunks: Buffer;
}

export interface BenchObject {
  readonly key: string;
  readonly body: Buffer;
}

/** The objects of a block in the order in which they are uploaded. */
export function objectsOf({ meta, mark }: FleetBlock, bodies: Bodies): readonly BenchObject[] {
  const { ulid } = meta;
  const bodyOf = (path: string) => (path === "index" ? bodies.index : bodies.chunks);
  const files = meta.files.map(({ path }) => ({ key: `${ulid}/${path}`, body: bodyOf(path) }));
  const json = (name: string, value: unknown) => ({ key: `${ulid}/${name}`, body: Buffer.from(JSON.stringify(value)) });
  const marks =
    mark === null
      ? []
      : [
          json("deletion-mark.json", {
            ...{ id: ulid, version: 1, details: mark.details },
            deletion_time: Math.floor(mark.time / 1000),
          }),
        ];
  return [...files, json("meta.json", metaJson({ meta, mark }, bodyOf)), ...marks];
}

/** As Thanos writes it. */
function metaJson({ meta }: FleetBlock, bodyOf: (path: string) => Buffer): Readonly<Record<string, unknown>> {
  const { ulid, minTime, maxTime, samples, series, chunks, level, sources, labels, resolution, source } = meta;
  return {
    ...{ ulid, minTime, maxTime },
    stats: { numSamples: samples, numSeries: series, numChunks: chunks },
    compaction: { level, sources },
    version: 1,
    thanos: {
      labels,
      downsample: { resolution },
      source,
      files: [
        ...meta.files.map(({ path }) => ({ rel_path: path, size_bytes: bodyOf(path).length })),
        { rel_path: "meta.json" },
      ],
      index_stats: {},
      upload_time: new Date(meta.uploadTime ?? maxTime).toISOString(),
    },
  };
}
