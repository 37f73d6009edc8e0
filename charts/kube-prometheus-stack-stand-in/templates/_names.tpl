{{- define "stand-in.fullname" -}}
{{ .Values.fullnameOverride | default (printf "%s-%s" .Release.Name .Chart.Name) | trunc 26 | trimSuffix "-" }}
{{- end }}

{{/* Name of a custom resource: the full name, with a suffix unless the clean names are asked for. */}}
{{- define "stand-in.resource" -}}
{{- $fullname := include "stand-in.fullname" .root -}}
{{ .root.Values.cleanPrometheusOperatorObjectNames | ternary $fullname (printf "%s-%s" $fullname .suffix) }}
{{- end }}

{{- define "stand-in.ksm" -}}
{{ index .Values "kube-state-metrics" "fullnameOverride" | default (printf "%s-kube-state-metrics" .Release.Name) }}
{{- end }}

{{- define "stand-in.node-exporter" -}}
{{ index .Values "prometheus-node-exporter" "fullnameOverride" | default (printf "%s-prometheus-node-exporter" .Release.Name) }}
{{- end }}

{{/* Name of the service account of a component: as given, else derived. */}}
{{- define "stand-in.account" -}}
{{ (index .root.Values .component).serviceAccount.name | default (printf "%s-%s" (include "stand-in.fullname" .root) .suffix) }}
{{- end }}
