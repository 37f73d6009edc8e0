import { isOfOtherVersion, unusableFinding, unusableMetas } from "#blocks/checks/unusable-meta";
import type { Finding } from "#blocks/finding";
import type { BucketModel } from "#blocks/model";

/** `block.meta-corrupt`: a meta.json that cannot be read, or that is of another block. One of another version is a `block.version`. */
export function blockMetaCorrupt(model: BucketModel): readonly Finding[] {
  return unusableMetas(model)
    .filter((unusable) => !isOfOtherVersion(unusable))
    .map((unusable) => ({ id: "block.meta-corrupt", ...unusableFinding(unusable, model) }));
}
