import type { Sizing } from "#profiles/leaf-size";
import { templateLiteral } from "#profiles/template-literal";

export interface LeafQueryInput {
  /** Of the Deployment and of the Service in front of it. */
  readonly name: string;
  readonly image: string;
  readonly sourceRanges: readonly string[];
  /** EKS Auto Mode brings a load balancer controller of its own. */
  readonly autoMode: boolean;
  readonly replicaLabel: string;
}

const GRPC_PORT = 10901;
const HTTP_PORT = 10902;
const TLS_FOLDER = "/etc/thanos/tls";
const TLS_SECRET = "thanos-grpc-tls";
const NLB = "service.beta.kubernetes.io/aws-load-balancer";
const RELEASE_NAMESPACE = "{{ .Release.Namespace }}";

/**
 * A stateless Querier over the cluster's sidecars, with mTLS, behind one internal NLB; as the chart's `extraManifests`,
 * which go through `tpl`. One load balancer over the sidecars themselves would show one replica at a time.
 */
export function leafQueryManifests(input: LeafQueryInput, size: Sizing) {
  const metadata = { name: templateLiteral(input.name), namespace: RELEASE_NAMESPACE };
  const labels = { app: templateLiteral(input.name) };
  return {
    querier: {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...metadata, labels },
      spec: {
        replicas: size.query.replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(input, size) },
      },
    },
    querierService: {
      apiVersion: "v1",
      kind: "Service",
      metadata: { ...metadata, annotations: LOAD_BALANCER },
      spec: {
        type: "LoadBalancer",
        loadBalancerClass: input.autoMode ? "eks.amazonaws.com/nlb" : "service.k8s.aws/nlb",
        loadBalancerSourceRanges: input.sourceRanges.map(templateLiteral),
        selector: labels,
        ports: [{ name: "grpc", port: GRPC_PORT, targetPort: "grpc", appProtocol: "grpc" }],
      },
    },
  };
}

const LOAD_BALANCER = {
  [`${NLB}-scheme`]: "internal",
  [`${NLB}-nlb-target-type`]: "ip",
  [`${NLB}-healthcheck-protocol`]: "http",
  [`${NLB}-healthcheck-port`]: String(HTTP_PORT),
  [`${NLB}-healthcheck-path`]: "/-/ready",
  [`${NLB}-attributes`]: "load_balancing.cross_zone.enabled=true",
} as const;

function podSpec(input: LeafQueryInput, size: Sizing) {
  return {
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65534,
      fsGroup: 65534,
      seccompProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "query",
        image: templateLiteral(input.image),
        args: queryArgs(input.replicaLabel),
        ports: [
          { name: "grpc", containerPort: GRPC_PORT },
          { name: "http", containerPort: HTTP_PORT },
        ],
        readinessProbe: { httpGet: { path: "/-/ready", port: "http" } },
        livenessProbe: { httpGet: { path: "/-/healthy", port: "http" } },
        resources: size.query.resources,
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [{ name: "tls", mountPath: TLS_FOLDER, readOnly: true }],
      },
    ],
    volumes: [{ name: "tls", secret: { secretName: TLS_SECRET } }],
  };
}

function queryArgs(replicaLabel: string): readonly string[] {
  const sidecars = `{{ .Values.fullnameOverride }}-thanos-discovery.${RELEASE_NAMESPACE}.svc.cluster.local`;
  return [
    "query",
    `--grpc-address=0.0.0.0:${GRPC_PORT}`,
    `--http-address=0.0.0.0:${HTTP_PORT}`,
    `--endpoint=dnssrv+_grpc._tcp.${sidecars}`,
    `--query.replica-label=${replicaLabel}`,
    `--grpc-server-tls-cert=${TLS_FOLDER}/tls.crt`,
    `--grpc-server-tls-key=${TLS_FOLDER}/tls.key`,
    // A client CA makes client certificates mandatory.
    `--grpc-server-tls-client-ca=${TLS_FOLDER}/ca.crt`,
  ];
}
