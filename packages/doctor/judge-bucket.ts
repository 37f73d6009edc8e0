import type { BucketAt, LifecycleRule } from "#doctor/facts";
import { failure, ok, type Verdict, warning } from "#doctor/line";

export function judgeRegion({ name, region }: BucketAt, found: string | undefined): Verdict {
  if (found === region) return ok(`in ${region}`);
  if (found === undefined)
    return failure("there is no such bucket", `Check the name: aws s3api head-bucket --bucket ${name}`);
  return failure(
    `in ${found}, and the configuration says ${region}`,
    `Write region: "${found}" into its entry under buckets.`,
  );
}

export function judgeEncryption(
  found: { readonly algorithm: string; readonly key: string | null } | undefined,
): Verdict {
  if (found === undefined) {
    return warning(
      "objects are not encrypted by default",
      "Switch default encryption on, with SSE-S3 or a key of KMS.",
    );
  }
  if (!found.algorithm.startsWith("aws:kms")) return ok(`encrypted with ${found.algorithm}`);
  const key = found.key ?? "the account's key for S3";
  return ok(`encrypted with KMS, ${key}: its policy must let list-bucket and index-block kms:Decrypt`);
}

/** Classes whose objects cannot be read before they are restored. */
const ARCHIVES: readonly string[] = ["GLACIER", "DEEP_ARCHIVE"];
/** A read of one costs, and Thanos reads blocks again and again. */
const COSTLY: readonly string[] = ["GLACIER_IR", "STANDARD_IA", "ONEZONE_IA"];

/** Blocks are deleted by the compactor and by nobody else: `prefix` is where they lie in the bucket. */
export function judgeLifecycle(rules: readonly LifecycleRule[], prefix: string): Verdict {
  const touching = rules.filter((rule) => !rule.byTags && touchesBlocks(rule.prefix, prefix));
  const deadly = touching.filter(({ expires, classes }) => expires || classes.some((one) => ARCHIVES.includes(one)));
  if (deadly.length > 0) {
    const what = deadly.map(
      ({ id, expires, classes }) => `rule ${id} ${expires ? "deletes" : `archives to ${classes.join(", ")}`}`,
    );
    const remedy =
      "Take these rules off the blocks: retention is the compactor's, and a block of which a part is gone halts it.";
    return failure(`${what.join("; ")} blocks`, remedy);
  }
  const costly = touching.filter(({ classes }) => classes.some((one) => COSTLY.includes(one)));
  if (costly.length === 0) return ok(`no rule of ${rules.length} deletes or archives blocks`);
  const what = costly.map(({ id, classes }) => `rule ${id} moves blocks to ${classes.join(", ")}`);
  return warning(
    what.join("; "),
    "Every read of such an object costs, and the Store Gateway reads them: see that it is meant.",
  );
}

/** A block's key goes on with its ULID. */
const BLOCK = /^[0-7][0-9A-HJKMNP-TV-Z]{0,25}(?:\/.*)?$/;

function touchesBlocks(rule: string, blocks: string): boolean {
  if (blocks.startsWith(rule)) return true;
  return rule.startsWith(blocks) && BLOCK.test(rule.slice(blocks.length));
}

export function judgeNotifications(on: boolean, name: string): Verdict {
  if (on) return ok("tells EventBridge of new blocks");
  const remedy = `Switch "Amazon EventBridge" on in the properties of ${name}: until then a block is read at the next tick of the audit, within five minutes.`;
  return warning("does not tell EventBridge of new blocks", remedy);
}
