import { TerminalError } from "#fleet/errors";
import { templateLiteral } from "#profiles/template-literal";

const TOPIC_ARN = /^arn:aws[a-z-]*:sns:(?<region>[a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,256}$/;
const NULL_RECEIVER = "null";
const ALERTS = "musterbook";
const HEARTBEAT = "musterbook-heartbeat";
/** More alerts than this in one group are counted, not sent: SNS takes 256 KiB. */
const MAX_ALERTS = 100;

/** Alertmanager's configuration on a leaf, and the template files beside it. */
export function leafAlertmanagerConfig(cluster: string, topicArn: string | undefined) {
  const templates = ["/etc/alertmanager/config/*.tmpl"];
  const global = { resolve_timeout: "5m" };
  if (topicArn === undefined) {
    return { global, route: { receiver: NULL_RECEIVER, routes: [] }, receivers: [{ name: NULL_RECEIVER }], templates };
  }
  const route = { ...ROUTE, receiver: ALERTS, routes: [HEARTBEAT_ROUTE, INFO_ROUTE] };
  const receivers = [
    // Lists replace the chart's: the receiver that its default routes name has to be there again.
    { name: NULL_RECEIVER },
    receiver(ALERTS, true, cluster, topicArn),
    receiver(HEARTBEAT, false, cluster, topicArn),
  ];
  return { global, route, receivers, templates };
}

const ROUTE = {
  group_by: ["cluster", "namespace", "alertname"],
  group_wait: "30s",
  group_interval: "5m",
  repeat_interval: "12h",
} as const;

/** Every five minutes at the latest: repeat + group interval. Equal values would double that. */
const HEARTBEAT_ROUTE = {
  receiver: HEARTBEAT,
  matchers: ['alertname = "Watchdog"'],
  group_by: ["alertname"],
  group_wait: "0s",
  group_interval: "1m",
  repeat_interval: "4m",
} as const;

const INFO_ROUTE = { receiver: NULL_RECEIVER, matchers: ['alertname = "InfoInhibitor"'] } as const;

function receiver(name: string, sendResolved: boolean, cluster: string, topicArn: string) {
  const sns = {
    topic_arn: topicArn,
    sigv4: { region: regionOf(topicArn) },
    send_resolved: sendResolved,
    // Empty omits the subject; a default one over 100 characters makes SNS refuse the message for good.
    subject: "",
    message: '{{ template "musterbook.message" . }}',
    // An empty attribute makes SNS refuse the message, more than ten are lost on the way to SQS.
    attributes: {
      schema: "musterbook.alertmanager/v1",
      status: "{{ .Status }}",
      severity: '{{ template "musterbook.severity" . }}',
      cluster: templateLiteral(cluster),
    },
  };
  return { name, sns_configs: [sns] };
}

function regionOf(topicArn: string): string {
  const region = TOPIC_ARN.exec(topicArn)?.groups?.region;
  if (region !== undefined) return region;
  throw new TerminalError(`${topicArn} is no ARN of a standard SNS topic`, {
    reason: "topic-invalid",
    field: "leaf.alertTopicArn",
    value: topicArn,
    remedy: "Write the ARN of a standard topic, arn:aws:sns:<region>:<account>:<name>; FIFO topics do not work here.",
  });
}

/**
 * The message as JSON, with Go's quoting, since `toJson` is missing before Alertmanager 0.32.
 * What reads it is the schema `musterbook.alertmanager/v1`.
 */
export const LEAF_ALERT_TEMPLATES = {
  "musterbook.tmpl": [
    define(
      "kv",
      `{ {{- range $i,$p := .SortedPairs }}{{ if $i }},{{ end }}${quoted("$p.Name")}:${quoted("$p.Value")}{{ end -}} }`,
    ),
    define(
      "alert",
      `{"status":${quoted(".Status")},"labels":${kv(".Labels")},"annotations":${kv(".Annotations")},` +
        `"startsAt":${time(".StartsAt")},"endsAt":${time(".EndsAt")},` +
        `"generatorURL":${quoted(".GeneratorURL")},"fingerprint":${quoted(".Fingerprint")}}`,
    ),
    define(
      "message",
      `{"schema":"musterbook.alertmanager/v1","status":${quoted(".Status")},"receiver":${quoted(".Receiver")},` +
        `"externalURL":${quoted(".ExternalURL")},"groupLabels":${kv(".GroupLabels")},` +
        `"commonLabels":${kv(".CommonLabels")},"commonAnnotations":${kv(".CommonAnnotations")},` +
        `"truncatedAlerts":{{ if gt (len .Alerts) ${MAX_ALERTS} }}{{ len (slice .Alerts ${MAX_ALERTS}) }}{{ else }}0{{ end }},` +
        `"alerts":[{{ if gt (len .Alerts) ${MAX_ALERTS} }}${each(`slice .Alerts 0 ${MAX_ALERTS}`)}{{ else }}${each(".Alerts")}{{ end }}]}`,
    ),
    define("severity", "{{ with .CommonLabels.severity }}{{ . }}{{ else }}mixed{{ end }}"),
  ].join("\n"),
} as const;

function define(name: string, body: string): string {
  return `{{ define "musterbook.${name}" }}${body}{{ end }}`;
}

function quoted(path: string): string {
  return `{{ printf "%q" ${path} }}`;
}

function kv(path: string): string {
  return `{{ template "musterbook.kv" ${path} }}`;
}

function time(path: string): string {
  return `{{ printf "%q" (${path}.Format "2006-01-02T15:04:05.999999999Z07:00") }}`;
}

function each(list: string): string {
  return `{{ range $i,$a := ${list} }}{{ if $i }},{{ end }}{{ template "musterbook.alert" $a }}{{ end }}`;
}
