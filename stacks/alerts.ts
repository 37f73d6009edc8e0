import { drive } from "#stacks/drive";
import type { Made } from "#stacks/grants";
import { lambda } from "#stacks/lambda";
import type { Stage } from "#stacks/stage";

/** What is wrong goes to the public topic, and from there to Slack where a webhook is configured. */
export function alerts(stage: Stage, made: Made) {
  const publish = lambda(stage, made, "publish-alerts");
  drive(stage, made, "publish-alerts", publish);
  if (!stage.functions.includes("notify-slack")) return [publish];

  const slack = lambda(stage, made, "notify-slack");
  drive(stage, made, "notify-slack", slack);
  return [publish, slack];
}
