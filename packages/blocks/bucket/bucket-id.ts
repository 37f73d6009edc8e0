import { createHash } from "node:crypto";

const SLUG_CHARS = 60;

/** A name for what is kept of a bucket: readable, fit for a key or a folder, and never shared by two URLs. */
export function bucketId(url: string): string {
  const slug = url.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(0, SLUG_CHARS);
  return `${slug}-${createHash("sha256").update(url).digest("hex").slice(0, 12)}`;
}
