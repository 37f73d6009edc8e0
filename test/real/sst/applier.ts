import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import type { Applier, JsonObject } from "#sst-graph/graph";
import { changeFunction, compute, keepCode } from "#test/real/sst/compute";
import { drivers } from "#test/real/sst/drivers";
import { changeRole, identity } from "#test/real/sst/identity";
import { type Make, settings } from "#test/real/sst/maker";
import { messaging } from "#test/real/sst/messaging";
import { operations } from "#test/real/sst/operations";
import { storage } from "#test/real/sst/storage";

/*
 * Makes the resources of the program in ministack, and changes them when it is applied again. Loaded by the evaluation's
 * process. An access key of twelve digits is the account.
 */

const TYPES: Readonly<Record<string, Make>> = {
  ...messaging,
  ...storage,
  ...compute,
  ...drivers,
  ...identity,
  ...operations,
};

/** How what is there is changed: making a rule anew changes it. Anything else is refused. */
const CHANGES: Readonly<Record<string, Make | undefined>> = {
  "aws:lambda/function:Function": changeFunction,
  "aws:iam/role:Role": changeRole,
  "aws:cloudwatch/eventRule:EventRule": messaging["aws:cloudwatch/eventRule:EventRule"],
};

/** Kept in no cloud. */
const LEFT_OUT = ["random:index/randomBytes:RandomBytes"];
const CODE = "aws:s3/bucketObjectv2:BucketObjectv2";

const Before = v.array(
  v.object({
    type: v.string(),
    name: v.string(),
    id: v.string(),
    inputs: v.custom<JsonObject>((value) => typeof value === "object"),
    state: v.custom<JsonObject>((value) => typeof value === "object"),
  }),
);
type Before = v.InferOutput<typeof Before>[number];

const before = new Map<string, Before>();
if (settings.before !== null) {
  const resources = v.parse(Before, JSON.parse(await readFile(settings.before, "utf8")));
  for (const resource of resources) before.set(`${resource.type} ${resource.name}`, resource);
}

export const create: Applier = async ({ type, name, inputs, region, account }) => {
  if (LEFT_OUT.includes(type)) return undefined;
  const of = { name, place: { region, account } };
  if (type === CODE) return keepCode(inputs, of);
  const make = TYPES[type];
  if (make === undefined) throw new Error("the applier does not know this type");
  const there = before.get(`${type} ${name}`);
  if (there === undefined) return make(inputs, of);
  const { id, state } = there;
  if (isDeepStrictEqual(there.inputs, inputs)) return { id, state };
  const change = CHANGES[type];
  if (change === undefined) throw new Error(`the applier cannot change this type: ${JSON.stringify(inputs)}`);
  await change(inputs, of);
  return { id, state: { ...state, ...inputs } };
};
