import { defineFleet } from "#config/installation-config";

/**
 * The fleet as code. This is how a careful team begins: everything is observed, nothing is changed. Raise one cluster
 * after `musterbook plan` said what would be done to it, then a stage, then the rest.
 */
export default defineFleet({
  // Where clusters are looked for. An account or region that is not named here is never called.
  scopes: [{ account: "111122223333", regions: ["eu-west-1", "eu-central-1"] }],

  // Clusters that exist are only observed, whatever stands here. New ones, too, until you say otherwise:
  // mode "register" lists an endpoint that somebody else installed, "manage" installs it as well.
  newClusters: { mode: "observe", since: "2026-11-01T00:00:00Z" },

  // The first selector that matches wins; the tag `musterbook:mode` on a cluster wins over all of them.
  modes: [
    // { select: { name: "dev-7" }, mode: "manage" },
    // { select: { tags: { stage: "dev" } }, mode: "register" },
  ],

  // true stops every write to clusters, DNS and the store list at once.
  paused: false,

  // The private hosted zone of the endpoints: thanos.<cluster>.obs.internal.example.com.
  zone: "obs.internal.example.com",

  // The role that Musterbook uses inside clusters.
  principalArn: "arn:aws:iam::111122223333:role/musterbook-cluster",

  // The cluster with the central Thanos Querier.
  observer: {
    cluster: "arn:aws:eks:eu-west-1:111122223333:cluster/observer",
    namespace: "monitoring",
    querier: { service: "thanos-query", port: 9090 },
  },

  // The buckets that are audited: read only, useful from the first day on.
  buckets: [{ url: "s3://example-metrics-blocks", region: "eu-west-1" }],

  // The name of a secret, never the webhook itself.
  alerts: { slackWebhookSecret: "musterbook/slack-webhook" },
});
