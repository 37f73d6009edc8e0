import type { Bucket } from "#blocks/bucket/bucket";
import type { Random } from "#test/fuzz/random";

/** A store that fails, as S3 does. */
export class StoreFailure extends Error {
  override readonly name = "StoreFailure";
}

/** Whether the store fails, or says two things at once: then nothing may be judged. `sometimes`: if so much is asked of it. */
export type Failure = "never" | "sometimes" | "always";

interface Failing {
  readonly bucket: Bucket;
  readonly what: string;
  readonly failure: Failure;
}

/** The bucket on a store that fails in some way at some time. */
export function failing(bucket: Bucket, random: Random): Failing {
  const after = random.int(4);
  return random.pick([cutListing, refusedReads, vanishedObjects])(bucket, after);
}

function cutListing(bucket: Bucket, after: number): Failing {
  async function* list(options: Parameters<Bucket["list"]>[0]) {
    let pages = 0;
    for await (const page of bucket.list(options)) {
      if (pages === after) break;
      pages += 1;
      yield page;
    }
    throw new StoreFailure("the listing ends here");
  }
  return { bucket: { ...bucket, list }, what: `a listing that fails after ${after} pages`, failure: "always" };
}

function refusedReads(bucket: Bucket, after: number): Failing {
  return {
    bucket: withGets(bucket, after, () => Promise.reject(new StoreFailure("no more reads"))),
    what: `reads that fail after ${after}`,
    failure: "sometimes",
  };
}

function vanishedObjects(bucket: Bucket, after: number): Failing {
  return {
    bucket: withGets(bucket, after, () => Promise.resolve(undefined)),
    what: `objects that are listed and not there, after ${after}`,
    failure: "sometimes",
  };
}

function withGets(bucket: Bucket, after: number, then: Bucket["get"]): Bucket {
  let gets = 0;
  return {
    ...bucket,
    get(key, maxBytes) {
      gets += 1;
      return gets > after ? then(key, maxBytes) : bucket.get(key, maxBytes);
    },
  };
}
