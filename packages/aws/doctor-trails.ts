import * as v from "valibot";
import type { AwsScope } from "#aws/config";
import { jsonCall } from "#aws/json-call";
import { understood } from "#aws/understood";
import type { Trail } from "#doctor/facts";

const Trails = v.object({
  trailList: v.array(v.object({ Name: v.string(), TrailARN: v.string(), HomeRegion: v.string() })),
});
const Status = v.object({ IsLogging: v.boolean() });
const Selectors = v.object({
  EventSelectors: v.nullish(
    v.array(v.object({ IncludeManagementEvents: v.nullish(v.boolean()), ReadWriteType: v.nullish(v.string()) })),
  ),
  AdvancedEventSelectors: v.nullish(
    v.array(
      v.object({
        FieldSelectors: v.array(v.object({ Field: v.string(), Equals: v.nullish(v.array(v.string())) })),
      }),
    ),
  ),
});

/** The trails that cover a region, those of other regions and of the organization among them. */
export async function trailsOf(scope: AwsScope, region: string): Promise<readonly Trail[]> {
  const listed = await ask(scope, { region, call: "DescribeTrails", body: {}, schema: Trails });
  const found = listed.trailList.map(async ({ Name: name, TrailARN, HomeRegion }) => {
    const status = await ask(scope, {
      ...{ region: HomeRegion, call: "GetTrailStatus", schema: Status },
      body: { Name: TrailARN },
    });
    const selectors = await ask(scope, {
      ...{ region: HomeRegion, call: "GetEventSelectors", schema: Selectors },
      body: { TrailName: TrailARN },
    });
    return { name, logging: status.IsLogging, managementWrites: hasManagementWrites(selectors) };
  });
  return await Promise.all(found);
}

/** A trail without selectors records every management event. */
function hasManagementWrites(selectors: v.InferOutput<typeof Selectors>): boolean {
  const basics = selectors.EventSelectors ?? [];
  const advanceds = selectors.AdvancedEventSelectors ?? [];
  if (basics.length === 0 && advanceds.length === 0) return true;
  const basic = basics.some(
    ({ IncludeManagementEvents, ReadWriteType }) => IncludeManagementEvents !== false && ReadWriteType !== "ReadOnly",
  );
  const advanced = advanceds.some(({ FieldSelectors }) => {
    const equals = (field: string) => FieldSelectors.find(({ Field }) => Field === field)?.Equals ?? [];
    return equals("eventCategory").includes("Management") && !equals("readOnly").includes("true");
  });
  return basic || advanced;
}

async function ask<S extends v.GenericSchema>(
  scope: AwsScope,
  of: { readonly region: string; readonly call: string; readonly body: object; readonly schema: S },
): Promise<v.InferOutput<S>> {
  const what = `cannot look at the trails of ${of.region}`;
  const answer = await jsonCall(
    { ...scope, region: of.region },
    {
      service: "cloudtrail",
      target: `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.${of.call}`,
      body: of.body,
      attempt: { what, action: `cloudtrail:${of.call}`, resource: "*" },
    },
  );
  return understood(what, of.schema, answer);
}
