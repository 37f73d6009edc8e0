import { Readable } from "node:stream";
import { answerOf } from "#aws/answer";
import type { ObjectAnswer } from "#aws/s3-get";
import { MusterbookError } from "#fleet/errors";

/** Reads once more what was cut: the SDK tries requests again, but not a body whose connection was cut. */
export async function onceMoreIfCut<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof MusterbookError || answerOf(error).status !== undefined) throw error;
    return attempt();
  }
}

/** The body up to `maxBytes`, whatever length the header promises; beyond that what `refuse` makes is thrown. */
export async function readBody(
  { Body: body, ContentLength: length = 0 }: ObjectAnswer,
  maxBytes: number,
  refuse: (size: number) => Error,
): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array();
  if (!(body instanceof Readable)) throw new TypeError("the SDK answers with another stream than Node's");
  // Leaving the loop, and destroy, close the connection: the rest is not downloaded.
  if (length > maxBytes) body.destroy();
  if (length > maxBytes) throw refuse(length);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maxBytes) throw refuse(size);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
