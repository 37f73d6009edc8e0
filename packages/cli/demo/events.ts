import type { ClusterRef } from "#fleet/cluster";

/** CloudTrail's record of a CreateCluster call in EventBridge's envelope. */
export function createClusterEvent(ref: ClusterRef, at: Date, eventID: string): object {
  const time = `${at.toISOString().slice(0, -5)}Z`;
  return {
    source: "aws.eks",
    "detail-type": "AWS API Call via CloudTrail",
    account: ref.account,
    region: ref.region,
    time,
    detail: {
      eventVersion: "1.11",
      eventTime: time,
      eventSource: "eks.amazonaws.com",
      eventName: "CreateCluster",
      awsRegion: ref.region,
      requestParameters: { name: ref.name },
      responseElements: { cluster: { name: ref.name, arn: ref.arn, status: "CREATING" } },
      eventID,
      readOnly: false,
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: ref.account,
      eventCategory: "Management",
    },
  };
}
