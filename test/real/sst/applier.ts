import type { Applier } from "#sst-graph/graph";
import { compute } from "#test/real/sst/compute";
import type { Make } from "#test/real/sst/maker";
import { messaging } from "#test/real/sst/messaging";
import { storage } from "#test/real/sst/storage";

/*
 * Makes the resources of the program in ministack, whose URL is in MINISTACK_URL. Loaded by the evaluation's process. An
 * access key of twelve digits is the account.
 */

const TYPES: Readonly<Record<string, Make>> = { ...messaging, ...storage, ...compute };

/** Nothing that a test could tell from its absence on ministack. */
const LEFT_OUT = [
  ...[
    "random:index/randomBytes:RandomBytes",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:lambda/layerVersion:LayerVersion",
  ],
  ...["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws:s3/bucketPolicy:BucketPolicy"],
  ...["aws:s3/bucketVersioning:BucketVersioning", "aws:sns/topicPolicy:TopicPolicy"],
  ...["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "aws:cloudwatch/metricAlarm:MetricAlarm"],
];

export const create: Applier = async ({ type, name, inputs, region, account }) => {
  if (LEFT_OUT.includes(type)) return undefined;
  const make = TYPES[type];
  if (make === undefined) throw new Error("the applier does not know this type");
  return make(inputs, { name, place: { region, account } });
};
