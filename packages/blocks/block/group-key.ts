import xxhash from "xxhash-wasm";
import { type Labels, labelsId, sortedPairs } from "#blocks/block/labels";

const SEPARATOR = Buffer.from([0xff]);

export type GroupKeyOf = (resolution: number, labels: Labels) => string;

/**
 * Makes the function that gives Thanos's group key, `<resolution>@<hash>`, as a release's compactor logs it (thanos
 * pkg/block/metadata/meta.go GroupKey; releases are built with `-tags slicelabels`). The hash is xxhash64 over name 0xFF
 * value 0xFF of each label, sorted by name; unsigned decimal.
 */
export async function groupKeys(): Promise<GroupKeyOf> {
  hasher ??= xxhash();
  const { h64Raw } = await hasher;
  const hashes = new Map<string, string>();
  return (resolution, labels) => {
    const id = labelsId(labels);
    const hash = hashes.get(id) ?? h64Raw(hashInput(labels)).toString();
    hashes.set(id, hash);
    return `${resolution}@${hash}`;
  };
}

/** Compiled once per process. */
let hasher: ReturnType<typeof xxhash> | undefined;

function hashInput(labels: Labels): Buffer {
  return Buffer.concat(
    sortedPairs(labels).flatMap(([name, value]) => [Buffer.from(name), SEPARATOR, Buffer.from(value), SEPARATOR]),
  );
}
