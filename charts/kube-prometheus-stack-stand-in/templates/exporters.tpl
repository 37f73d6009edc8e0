{{- $ksm := include "stand-in.ksm" . }}
{{- $node := include "stand-in.node-exporter" . }}
{{- if .Values.kubeStateMetrics.enabled }}
{{- include "stand-in.workload" (dict "root" . "kind" "Deployment" "name" $ksm "account" $ksm "resources" (index .Values "kube-state-metrics" "resources")) }}
{{- include "stand-in.service-account" (dict "root" . "name" $ksm) }}
{{- include "stand-in.rbac" (dict "root" . "kind" "ClusterRole" "name" $ksm "account" $ksm "rules" (list
  (dict "apiGroups" (list "" "apps" "batch") "resources" (list "*") "verbs" (list "list" "watch")))) }}
{{- include "stand-in.service" (dict "root" . "name" $ksm "ports" (dict "http" 8080)) }}
{{- include "stand-in.service-monitor" (dict "root" . "name" $ksm "port" "http") }}
{{- end }}
{{- if .Values.nodeExporter.enabled }}
{{- include "stand-in.workload" (dict "root" . "kind" "DaemonSet" "name" $node "account" $node "resources" (index .Values "prometheus-node-exporter" "resources")) }}
{{- include "stand-in.service-account" (dict "root" . "name" $node) }}
{{- include "stand-in.service" (dict "root" . "name" $node "ports" (dict "http-metrics" 9100)) }}
{{- include "stand-in.service-monitor" (dict "root" . "name" $node "port" "http-metrics") }}
{{- end }}
{{- if .Values.grafana.enabled }}
{{- $grafana := .Values.grafana.fullnameOverride | default (printf "%s-grafana" .Release.Name) }}
{{- include "stand-in.workload" (dict "root" . "kind" "Deployment" "name" $grafana "account" $grafana) }}
{{- include "stand-in.service-account" (dict "root" . "name" $grafana) }}
{{- include "stand-in.service" (dict "root" . "name" $grafana "ports" (dict "http-web" 80)) }}
{{- include "stand-in.service-monitor" (dict "root" . "name" $grafana "port" "http-web") }}
{{- end }}
