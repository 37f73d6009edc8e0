import * as v from "valibot";
import { AUDIT_MEMORY_MB } from "#config/audit-memory";
import { AuditSettings } from "#config/audit-settings";

const Mode = v.picklist(["observe", "register", "manage"], "choose observe, register or manage");
const Account = v.pipe(v.string(), v.regex(/^\d{12}$/, "write the account id as twelve digits, quoted"));
const Region = v.pipe(v.string(), v.regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/, "write a region such as eu-west-1"));
const Instant = v.pipe(v.string(), v.isoTimestamp("write a time as 2026-11-21T00:00:00Z"));
const DnsName = v.pipe(
  v.string(),
  v.regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$/,
    "write a DNS name such as obs.internal.example.com",
  ),
);
const KubeName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, "write a Kubernetes name: lower-case letters, digits and dashes"),
);
const ClusterArn = v.pipe(
  v.string(),
  v.regex(/^arn:aws[a-z-]*:eks:[a-z0-9-]+:\d{12}:cluster\/.+$/, "write an EKS cluster ARN"),
);
const Cidr = v.pipe(v.string(), v.regex(/^\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}$/, "write a CIDR such as 10.0.0.0/16"));

const atLeastOne = (what: string) => v.minLength<string[], 1, string>(1, `name at least one ${what}`);

const ReachedVpc = v.strictObject({
  /** Account of the clusters, twelve digits. */
  account: Account,
  /** Region of the clusters. */
  region: Region,
  /** The VPC of the clusters, as EKS tells it. */
  id: v.pipe(v.string(), v.regex(/^vpc-[0-9a-f]{1,17}$/, "write the id of a VPC such as vpc-0abc")),
  /** Where the reconciler runs: subnets of the hub's account and region, in this VPC or in one with a route to it. They need a route to AWS's APIs too. */
  subnets: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^subnet-[0-9a-f]+$/, "write the id of a subnet such as subnet-0abc"))),
    atLeastOne("subnet"),
  ),
  /** Of the reconciler. The clusters' own security groups must let them in at port 443. */
  securityGroups: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^sg-[0-9a-f]+$/, "write the id of a security group such as sg-0abc"))),
    atLeastOne("security group"),
  ),
});

/** Which clusters a rule is for: every field given must match. `name` may hold `*`. */
export const Selector = v.strictObject({
  /** Twelve digits. */
  account: v.optional(Account),
  /** Such as `eu-west-1`. */
  region: v.optional(Region),
  /** The cluster's name; `*` stands for any text. */
  name: v.optional(v.pipe(v.string(), v.nonEmpty("write a name or a pattern with *"))),
  /** EKS tags that the cluster must carry, with these values. */
  tags: v.optional(v.record(v.string(), v.string())),
});

const Buckets = v.array(
  v.strictObject({
    /** `s3://bucket[/prefix]` or a directory. */
    url: v.pipe(v.string(), v.nonEmpty("write s3://bucket[/prefix] or a directory")),
    /** Of the bucket, where it is another than the function's. */
    region: v.optional(Region),
    /** Whose the bucket is, where it is a member's: that account forwards its events. Twelve digits. */
    account: v.optional(Account),
    /** URL of an S3-compatible server. */
    endpoint: v.optional(v.pipe(v.string(), v.url("write a URL such as https://s3.example.com"))),
    /** Judge as of this time instead of now: for a recorded bucket. */
    recordedAt: v.optional(Instant),
    /** How Thanos is configured, and the audit's thresholds. */
    settings: v.optional(AuditSettings, {}),
  }),
);

const Alerts = v.strictObject({
  /** Name of the secret that holds Slack's incoming webhook URL; the URL itself never stands in a config. */
  slackWebhookSecret: v.optional(v.string()),
  /** E-mail addresses that are told when Musterbook itself is in trouble. */
  operators: v.optional(v.array(v.pipe(v.string(), v.email("write an e-mail address"))), []),
});

/** What Lambda gives, MB. */
const [LEAST_MB, MOST_MB] = [1024, 10_240];

const Audit = v.strictObject({
  /**
   * Memory of `list-bucket` and `audit-bucket`, MB: each holds the index of a bucket whole. The default is for 300,000 blocks, and 10,240
   * for 1.7 million.
   */
  memoryMb: v.optional(
    v.pipe(
      v.number(),
      v.integer("write MB as a whole number"),
      v.minValue(LEAST_MB, `write ${LEAST_MB} or more`),
      v.maxValue(MOST_MB, `write ${MOST_MB} or less: Lambda has no more`),
    ),
    AUDIT_MEMORY_MB,
  ),
});

const AUDIT = v.literal("audit");
const ONBOARDING = v.literal("onboarding");

/** The shape of a `fleet.config.ts` that only audits: no cluster, no account, no role. */
export const AuditOnlyConfig = v.strictObject({
  /** `audit` alone: buckets are read, and nothing else is. */
  capabilities: v.strictTuple([AUDIT]),
  /** Buckets that are audited. */
  buckets: v.pipe(Buckets, v.minLength(1, "name at least one bucket")),
  /** What the audit's functions are given. */
  audit: v.optional(Audit, {}),
  /** Where alerts go besides the public topic. */
  alerts: v.optional(Alerts, {}),
});

/** The shape of `fleet.config.ts`, before defaults; the doc line of a field is what the editor shows. */
export const FleetConfig = v.strictObject({
  /** What is installed. `["audit"]` alone needs `buckets` and nothing else. */
  capabilities: v.optional(
    v.union(
      [v.strictTuple([AUDIT, ONBOARDING]), v.strictTuple([ONBOARDING, AUDIT]), v.strictTuple([ONBOARDING])],
      'write ["audit"], ["onboarding"] or ["audit", "onboarding"]',
    ),
    ["audit", "onboarding"],
  ),
  /** Accounts and the regions in them that are swept for clusters. */
  scopes: v.pipe(
    v.array(
      v.strictObject({
        /** Twelve digits. */
        account: Account,
        /** Regions of this account; what is not named is never called. */
        regions: v.pipe(v.array(Region), v.minLength(1, "name at least one region")),
      }),
    ),
    v.minLength(1, "name at least one account with its regions"),
  ),
  /** Clusters created at or after `since` get `mode`; older ones are only observed. Musterbook never raises a mode by itself. */
  newClusters: v.optional(
    v.strictObject({
      /** What Musterbook may do to a new cluster. */
      mode: Mode,
      /** From when on a cluster is new: the day Musterbook is first deployed, RFC 3339. */
      since: Instant,
    }),
  ),
  /** Modes by selector; the first that matches wins over `newClusters`. The tag `musterbook:mode` wins over both. */
  modes: v.optional(
    v.array(
      v.strictObject({
        /** Which clusters this is for; `{}` is for all. */
        select: Selector,
        /** What Musterbook may do to them. */
        mode: Mode,
      }),
    ),
    [],
  ),
  /** Stops every write to clusters, DNS and the store list, everywhere, at once. */
  paused: v.optional(v.boolean(), false),
  /** The private hosted zone of the endpoints; a cluster gets `thanos.<cluster>.<zone>`. */
  zone: DnsName,
  /** The IAM role that Musterbook's functions use inside clusters; access entries are made for it. */
  principalArn: v.pipe(v.string(), v.regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/, "write the ARN of an IAM role")),
  /** The cluster with the central Thanos Querier. */
  observer: v.strictObject({
    /** Its EKS ARN. */
    cluster: ClusterArn,
    /** Where the Querier runs on it. */
    namespace: v.optional(KubeName, "monitoring"),
    /** The Querier's HTTP Service; 9090 in thanos-community's chart, 10902 in others. */
    querier: v.optional(
      v.strictObject({
        /** Name of the Service. */
        service: v.optional(KubeName, "thanos-query"),
        /** Its HTTP port. */
        port: v.optional(v.pipe(v.number(), v.integer("write a port"), v.minValue(1), v.maxValue(65_535)), 9090),
      }),
      {},
    ),
    /** ConfigMap whose key `endpoints.yaml` the Querier reads. */
    endpointsConfigMap: v.optional(KubeName, "musterbook-endpoints"),
  }),
  /** What goes on a monitored cluster. */
  leaf: v.optional(
    v.strictObject({
      /** Where the release goes on each cluster. */
      namespace: v.optional(KubeName, "monitoring"),
      /** Name of the helm release; every object's name begins with it. */
      release: v.optional(KubeName, "musterbook"),
      /** The Service whose load balancer exposes the StoreAPI; in mode `register` the one that somebody else made. */
      endpointService: v.optional(KubeName, "musterbook-leaf-query"),
      /** `standard`: HA pair. `lean`: one replica and small requests, for fleets of six. */
      size: v.optional(v.picklist(["standard", "lean"], "choose standard or lean"), "standard"),
      /** The EKS tag whose value becomes the external label `stage`. */
      stageTag: v.optional(v.string(), "stage"),
      /** Who may open a connection to the endpoint's load balancer. */
      sourceRanges: v.optional(v.array(Cidr), ["10.0.0.0/8"]),
      /** The topic that leaf Alertmanagers publish to. */
      alertTopicArn: v.optional(v.string()),
      /** Raw chart values laid over the profile's, by selector; later ones win. */
      values: v.optional(
        v.array(
          v.strictObject({
            /** Which clusters get these values. */
            select: Selector,
            /** As in the chart's values.yaml: maps are merged, lists replace. */
            values: v.record(v.string(), v.unknown()),
          }),
        ),
        [],
      ),
    }),
    {},
  ),
  /** Files on the Querier that its connection to a leaf uses (mTLS). */
  storesTls: v.optional(
    v.strictObject({
      /** Who signed the leaves' certificates. */
      caFile: v.string(),
      /** The Querier's own certificate. */
      certFile: v.string(),
      /** Its key. */
      keyFile: v.string(),
    }),
    {
      caFile: "/etc/thanos/tls/ca.crt",
      certFile: "/etc/thanos/tls/tls.crt",
      keyFile: "/etc/thanos/tls/tls.key",
    },
  ),
  /** Addresses (`host:port`) that may leave the Querier's list although the mass-removal guard refuses. Taken out again afterwards. */
  approvedRemovals: v.optional(v.array(v.pipe(v.string(), v.nonEmpty("write host:port"))), []),
  /** Private clusters: how they are reached. */
  reach: v.optional(
    v.strictObject({
      /** VPCs whose clusters a reconciler of their own looks at, from within. */
      vpc: v.optional(v.array(ReachedVpc), []),
    }),
    {},
  ),
  /** Other accounts: `musterbook members render` makes their roles and rules. */
  members: v.optional(
    v.strictObject({
      /** What the trust of their roles asks for, against a confused deputy. No secret. */
      externalId: v.pipe(v.string(), v.regex(/^[\w+=,.@:/-]{2,1224}$/, "write 2 or more of letters, digits, =,.@:/-")),
      /** The most that Musterbook may do there: which of their roles it works as. */
      mode: v.optional(Mode, "observe"),
    }),
  ),
  /** Buckets that are audited. */
  buckets: v.optional(Buckets, []),
  /** What the audit's functions are given. */
  audit: v.optional(Audit, {}),
  /** Where alerts go besides the public topic. */
  alerts: v.optional(Alerts, {}),
});

/** What a user writes for a fleet of clusters. */
export type FleetConfigInput = v.InferInput<typeof FleetConfig>;
/** What Musterbook works with: defaults filled in, durations in milliseconds. */
export type FleetConfig = v.InferOutput<typeof FleetConfig>;
export type Selector = v.InferOutput<typeof Selector>;
export type BucketConfig = FleetConfig["buckets"][number];
