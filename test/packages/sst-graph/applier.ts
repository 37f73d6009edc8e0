import type { Applier } from "#sst-graph/graph";

/** Makes queues, refuses topics, leaves everything else computed. */
export const create: Applier = async ({ type, name, region, account }) => {
  if (type === "aws:sns/topic:Topic") throw new Error("no room");
  if (type !== "aws:sqs/queue:Queue") return undefined;
  const url = `http://127.0.0.1/made/${name}`;
  return { id: url, state: { url, arn: `arn:aws:sqs:${region}:${account}:made-${name}` } };
};
