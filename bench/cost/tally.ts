import type { Bucket } from "#blocks/bucket/bucket";
import { uploadsFromIndex } from "#blocks/uploads";
import { logTo, SinkLogger } from "#functions/logger";
import type { Ports } from "#functions/ports";
import type { FunctionName } from "#stacks/wiring";

/** What a function's invocations have asked of AWS, as AWS bills it. */
export interface Use {
  invocations: number;
  /** Calls that wait for an answer over the network, of AWS and of clusters. */
  calls: number;
  /** DynamoDB's units; reads are consistent. */
  readUnits: number;
  writeUnits: number;
  /** Records written, each a line of the change stream. */
  changes: number;
  s3Reads: number;
  /** PUT and LIST. */
  s3Writes: number;
  /** Of our bucket, which keeps old versions. */
  s3WrittenBytes: number;
  sqsSends: number;
  snsPublishes: number;
  logBytes: number;
}

export type Tally = Map<FunctionName, Use>;

const NONE: Use = {
  ...{ invocations: 0, calls: 0, readUnits: 0, writeUnits: 0, changes: 0, s3Reads: 0, s3Writes: 0 },
  ...{ s3WrittenBytes: 0, sqsSends: 0, snsPublishes: 0, logBytes: 0 },
};

/** Counts what the handlers do to their ports. `bucket` stands for every audited bucket. */
export function tapOf(tally: Tally, { bucket, url }: { readonly bucket: Bucket; readonly url: string }) {
  return (name: FunctionName, ports: Ports): Ports => {
    const use = tally.get(name) ?? { ...NONE };
    tally.set(name, use);
    use.invocations += 1;
    const logger = new SinkLogger((line) => {
      use.logBytes += bytesOf(line);
    });
    const on = <P extends object>(port: P, rule: Rule) => counted(port, use, rule);
    const indexes = on(ports.indexes, ofObjects);
    return {
      ...ports,
      ...{ logger, log: logTo(logger), indexes, reports: on(ports.reports, ofObjects) },
      registry: on(ports.registry, ofTable),
      alertStates: on(ports.alertStates, ofTable),
      storeList: on(ports.storeList, ofStoreList),
      queues: on(ports.queues, counting("sqsSends")),
      topics: on(ports.topics, counting("snsPublishes")),
      clusters: on(ports.clusters, () => undefined),
      dns: on(ports.dns, () => undefined),
      bucket: () => countedBucket(bucket, use),
      uploads: uploadsFromIndex({ indexes, urls: [url] }),
      connector: {
        connect: async (cluster) => {
          const { kube, helm } = await ports.connector.connect(cluster);
          return { kube: on(kube, () => undefined), helm: on(helm, () => undefined) };
        },
      },
    };
  };
}

const counting =
  (what: "sqsSends" | "snsPublishes"): Rule =>
  (use) => {
    use[what] += 1;
  };

type Rule = (use: Use, method: string, args: readonly unknown[], answer: unknown) => void;

function counted<P extends object>(port: P, use: Use, rule: Rule): P {
  return new Proxy(port, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      return async (...args: readonly unknown[]) => {
        use.calls += 1;
        const answer: unknown = await Reflect.apply(member, target, args);
        rule(use, String(key), args, answer);
        return answer;
      };
    },
  });
}

function countedBucket(bucket: Bucket, use: Use): Bucket {
  return {
    url: bucket.url,
    list: async function* (options) {
      for await (const page of bucket.list(options)) {
        use.calls += 1;
        use.s3Writes += 1;
        yield page;
      }
    },
    get: async (key, maxBytes) => {
      use.calls += 1;
      use.s3Reads += 1;
      return bucket.get(key, maxBytes);
    },
    getRange: async (key, range) => {
      use.calls += 1;
      use.s3Reads += 1;
      return bucket.getRange(key, range);
    },
    incompleteUploads: async (atMost) => {
      use.calls += 1;
      use.s3Writes += 1;
      return bucket.incompleteUploads?.(atMost);
    },
  };
}

const READ_UNIT = 4096;
const WRITE_UNIT = 1024;
/** Keys, version and the attributes that put a record into indexes. */
const ITEM_BYTES = 250;

/** An item is stored about as large as its JSON. One that is in an index is taken out and put in again by each write. */
const ofTable: Rule = (use, method, args, answer) => {
  if (method !== "put") {
    use.readUnits += unitsOf(answer, READ_UNIT);
    return;
  }
  const [record] = args;
  use.changes += 1;
  use.writeUnits += unitsOf(record, WRITE_UNIT) * (isIndexed(record) ? 3 : 1);
};

function unitsOf(value: unknown, unit: number): number {
  const items = Array.isArray(value) ? value.length : 1;
  return Math.max(1, Math.ceil((bytesOf(JSON.stringify(value ?? null)) + items * ITEM_BYTES) / unit));
}

function isIndexed(record: unknown): boolean {
  const { lookAt = null, status = "" } = record as { readonly lookAt?: string | null; readonly status?: string };
  return lookAt !== null || status === "firing";
}

const ofObjects: Rule = (use, method, [, content]) => {
  if (method !== "write") use.s3Reads += 1;
  else {
    use.s3Writes += 1;
    use.s3WrittenBytes += content instanceof Uint8Array ? content.byteLength : bytesOf(String(content));
  }
};

/** Two objects each (packages/aws/s3-store-list.ts): a write reads both before. */
const ofStoreList: Rule = (use, method, [state]) => {
  use.s3Reads += 2;
  use.calls += 1;
  if (method === "read") return;
  use.calls += 2;
  use.s3Writes += 2;
  use.s3WrittenBytes += bytesOf(JSON.stringify(state));
};

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
