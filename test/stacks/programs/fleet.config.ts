/// <reference path="../../../.sst/platform/config.d.ts" />

/* The installation for the fleet that a test puts into the environment. */
export default $config({
  app: ({ stage }) => ({ name: "musterbook", home: "aws", removal: stage === "prod" ? "retain" : "remove" }),
  run: async () => (await import("../../../stacks/all")).musterbook(JSON.parse(process.env.FLEET ?? "{}")),
});
