/// <reference path="./.sst/platform/config.d.ts" />

const PERMANENT = ["prod", "production"];

export default $config({
  app: ({ stage }) => ({
    name: "musterbook",
    home: "aws",
    removal: PERMANENT.includes(stage) ? "retain" : "remove",
    protect: PERMANENT.includes(stage),
    providers: { aws: { defaultTags: { tags: { app: "musterbook", stage } } } },
  }),
  run: async () => (await import("./stacks/all")).musterbook((await import("./fleet.config")).default),
});
