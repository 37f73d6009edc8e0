/** Who is asking. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
}

export interface Trail {
  readonly name: string;
  readonly logging: boolean;
  /** What of the calls that change something it records: EventBridge hears of no others. */
  readonly managementWrites: boolean;
}

/** Executions of Lambda at once, in an account and region. */
export interface Concurrency {
  readonly limit: number;
  /** What no function has reserved. */
  readonly unreserved: number;
}

export interface ClusterQuota {
  readonly limit: number;
  readonly used: number;
}

export interface Zone {
  readonly id: string;
  readonly isPrivate: boolean;
  /** Ids of the VPCs that it answers in. */
  readonly vpcs: readonly string[];
}

/** A chart that is to be installed, and how its file stands to the pinned digest. */
export interface Chart {
  readonly name: string;
  readonly version: string;
  readonly state: "verified" | "absent" | "unpinned" | "changed";
}

/** A rule of a bucket's lifecycle that is in force. */
export interface LifecycleRule {
  readonly id: string;
  /** Of the keys that it is for; empty for all. */
  readonly prefix: string;
  /** It is for objects with certain tags only: Thanos writes none. */
  readonly byTags: boolean;
  readonly expires: boolean;
  /** Storage classes that it moves objects to. */
  readonly classes: readonly string[];
}

export interface BucketAt {
  readonly name: string;
  readonly region: string;
}

export interface Subscription {
  readonly endpoint: string;
  readonly protocol: string;
  readonly confirmed: boolean;
}

/**
 * What the doctor asks of AWS, by read calls only. Each throws TerminalError `forbidden`, with the missing action in its
 * words, where it may not ask; undefined is for what is not there.
 */
export interface Facts {
  identity(): Promise<Identity>;
  /** The time by AWS. */
  time(): Promise<Date>;
  trails(region: string): Promise<readonly Trail[]>;
  concurrency(): Promise<Concurrency>;
  clusterQuota(region: string): Promise<ClusterQuota>;
  /** Which of the actions the asking identity may not do. */
  denied(identity: Identity, actions: readonly string[]): Promise<readonly string[]>;
  zones(name: string): Promise<readonly Zone[]>;
  /** The VPC of a cluster. */
  clusterVpc(arn: string): Promise<string | undefined>;
  /** Thanos's version as the central Querier tells it. */
  thanosVersion(): Promise<string | undefined>;
  bucketRegion(bucket: BucketAt): Promise<string | undefined>;
  /** `AES256`, `aws:kms` with its key, or undefined for none. */
  encryption(bucket: BucketAt): Promise<{ readonly algorithm: string; readonly key: string | null } | undefined>;
  lifecycle(bucket: BucketAt): Promise<readonly LifecycleRule[]>;
  /** Whether the bucket tells EventBridge what happens in it. */
  tellsEventBridge(bucket: BucketAt): Promise<boolean>;
  /** Undefined where there is no such topic. */
  subscriptions(topic: {
    readonly region: string;
    readonly name: string;
  }): Promise<readonly Subscription[] | undefined>;
}
