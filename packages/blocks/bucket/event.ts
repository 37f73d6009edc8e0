import * as v from "valibot";
import { type Parsed, parseWith } from "#config/schema";

const Text = v.pipe(v.string("write a string"), v.nonEmpty("write a string that is not empty"));

/** S3's event by EventBridge, as far as it is read: `Object Created` and `Object Deleted` look alike. */
const Envelope = v.object({
  detail: v.object({ bucket: v.object({ name: Text }), object: v.object({ key: Text }) }),
});

/** An object of a bucket was written or removed. */
export interface BlockEvent {
  readonly bucket: string;
  /** The object's whole key, decoded. */
  readonly key: string;
}

/** Reads an event of the bus, as a queue's JSON text. Never throws. */
export function parseBlockEvent(body: string): Parsed<BlockEvent> {
  const parsed = parseWith(Envelope, jsonOf(body));
  if (!parsed.ok) return parsed;
  const { bucket, object } = parsed.value.detail;
  return { ok: true, value: { bucket: bucket.name, key: decoded(object.key) } };
}

/** The event's key relative to an audited bucket's prefix; undefined when the object is not in it. */
export function keyWithin(url: string, { bucket, key }: BlockEvent): string | undefined {
  if (!url.startsWith("s3://")) return url === bucket ? key : undefined;
  const [name, ...path] = url.slice("s3://".length).split("/");
  const prefix = path
    .filter((part) => part !== "")
    .map((part) => `${part}/`)
    .join("");
  return name === bucket && key.startsWith(prefix) ? key.slice(prefix.length) : undefined;
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // the schema rejects it, and says what belongs there
  }
}

/** By EventBridge keys come as they are, by S3's own notifications and some servers percent-encoded. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key; // a lone % is part of the name
  }
}
