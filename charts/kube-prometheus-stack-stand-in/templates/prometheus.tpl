{{- $fullname := include "stand-in.fullname" . }}
{{- $name := printf "%s-prometheus" $fullname }}
{{- $account := include "stand-in.account" (dict "root" . "component" "prometheus" "suffix" "prometheus") }}
{{- $resource := include "stand-in.resource" (dict "root" . "suffix" "prometheus") }}
{{- $spec := .Values.prometheus.prometheusSpec }}
{{- if .Values.prometheus.enabled }}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
{{ include "stand-in.metadata" (dict "root" . "name" $resource) }}
spec:
  replicas: {{ $spec.replicas }}
  retention: {{ $spec.retention | quote }}
  {{- with $spec.retentionSize }}
  retentionSize: {{ . | quote }}
  {{- end }}
  serviceAccountName: {{ $account }}
  {{- if $spec.replicaExternalLabelNameClear }}
  replicaExternalLabelName: ""
  {{- else if $spec.replicaExternalLabelName }}
  replicaExternalLabelName: {{ $spec.replicaExternalLabelName | quote }}
  {{- end }}
  {{- if $spec.prometheusExternalLabelNameClear }}
  prometheusExternalLabelName: ""
  {{- end }}
  {{- with $spec.externalLabels }}
  externalLabels:
    {{- tpl (toYaml .) $ | nindent 4 }}
  {{- end }}
  {{- with $spec.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $spec.storageSpec }}
  storage:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $spec.thanos }}
  thanos:
    {{- with omit . "objectStorageConfig" }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- with (.objectStorageConfig | default dict).existingSecret }}
    objectStorageConfig:
      name: {{ .name }}
      key: {{ .key }}
    {{- end }}
  {{- end }}
{{- if .Values.prometheus.serviceAccount.create }}
{{- include "stand-in.service-account" (dict "root" . "name" $account "annotations" .Values.prometheus.serviceAccount.annotations) }}
{{- end }}
{{- include "stand-in.rbac" (dict "root" . "kind" "ClusterRole" "name" $name "account" $account "rules" (list
  (dict "apiGroups" (list "") "resources" (list "nodes" "nodes/metrics" "services" "endpoints" "pods") "verbs" (list "get" "list" "watch"))
  (dict "nonResourceURLs" (list "/metrics") "verbs" (list "get")))) }}
{{- include "stand-in.service" (dict "root" . "name" $name "ports" (dict "http-web" 9090) "selector" (dict "operator.prometheus.io/name" $resource)) }}
{{- include "stand-in.service-monitor" (dict "root" . "name" $name "port" "http-web") }}
{{- if .Values.prometheus.podDisruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
{{ include "stand-in.metadata" (dict "root" . "name" $name) }}
spec:
  minAvailable: {{ .Values.prometheus.podDisruptionBudget.minAvailable }}
  selector:
    matchLabels:
      operator.prometheus.io/name: {{ $resource }}
{{- end }}
{{- if .Values.prometheus.thanosService.enabled }}
{{- include "stand-in.service" (dict "root" . "name" (printf "%s-thanos-discovery" $fullname) "headless" true "ports" (dict "grpc" 10901 "http" 10902) "selector" (dict "operator.prometheus.io/name" $resource)) }}
{{- if .Values.prometheus.thanosServiceMonitor.enabled }}
{{- include "stand-in.service-monitor" (dict "root" . "name" (printf "%s-thanos-sidecar" $fullname) "port" "http" "relabelings" .Values.prometheus.thanosServiceMonitor.relabelings) }}
{{- end }}
{{- end }}
{{- end }}
