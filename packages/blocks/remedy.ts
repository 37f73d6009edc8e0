import { type Labels, sortedPairs } from "#blocks/block/labels";
import { DELETION_MARK } from "#blocks/block/marks";
import type { BucketModel } from "#blocks/model";
import { hours } from "#blocks/text";

const OBJSTORE = "--objstore.config-file=objstore.yaml";

/** Numbered steps; a step may hold commands on lines of their own. */
export function steps(...list: readonly string[]): string {
  return list.map((step, index) => `${index + 1}. ${step}`).join("\n");
}

export function command(text: string): string {
  return `\n   ${text}`;
}

/** Marks blocks for deletion. */
export function markForDeletion(id: string, details: string): string {
  return command(
    `thanos tools bucket mark ${OBJSTORE} --marker=${DELETION_MARK} --id=${id} --details=${JSON.stringify(details)}`,
  );
}

/** Takes a mark off again. */
export function removeMark(id: string, marker = DELETION_MARK): string {
  return command(
    `thanos tools bucket mark ${OBJSTORE} --remove --marker=${marker} --id=${id} --details="marked by mistake"`,
  );
}

/** Uploads the blocks of a folder as those of the stream with these external labels. */
export function uploadBlocks(folder: string, labels: Labels): string {
  const pairs = sortedPairs(labels).map(([name, value]) => ` --label=${quoted(`${name}=${JSON.stringify(value)}`)}`);
  return command(`thanos tools bucket upload-blocks ${OBJSTORE} --path=${folder}${pairs.join("")}`);
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a cleanup takes along: Thanos counts a block whose meta.json it cannot read as a partial upload. */
export const CLEANUP_TAKES_PARTIALS =
  "It deletes directories without a readable meta.json too, once their last write is 48 h ago: if there is a block.meta-corrupt, or a block.version of a meta.json, copy that block out first.";

/** Removes what is marked and partial; `isNow` also what was marked, and uploaded, a moment ago. */
export function cleanUp({ isNow }: { readonly isNow: boolean }): string {
  return command(`thanos tools bucket cleanup ${OBJSTORE}${isNow ? " --delete-delay=0s --consistency-delay=0s" : ""}`);
}

/** A deletion mark does not act at once: what a person has to know before he waits for it. */
export function markTakesTime({ settings }: BucketModel): string {
  const wait = hours(settings.deleteDelay / 2);
  return `The compactor passes a marked block over only once its mark is ${wait} old (half of --delete-delay). To have it at once, stop the compactor and run this; it deletes every block that is marked, for good. ${CLEANUP_TAKES_PARTIALS}${cleanUp({ isNow: true })}`;
}

/** Downsamples what is long enough; does the same again every 5 minutes until it is ended. */
export function downsampleNow(): string {
  return command(`thanos tools bucket downsample ${OBJSTORE} --data-dir=downsample`);
}
