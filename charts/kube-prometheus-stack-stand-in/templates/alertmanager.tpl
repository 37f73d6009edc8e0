{{- $name := printf "%s-alertmanager" (include "stand-in.fullname" .) }}
{{- $account := include "stand-in.account" (dict "root" . "component" "alertmanager" "suffix" "alertmanager") }}
{{- $resource := include "stand-in.resource" (dict "root" . "suffix" "alertmanager") }}
{{- if .Values.alertmanager.enabled }}
---
apiVersion: monitoring.coreos.com/v1
kind: Alertmanager
{{ include "stand-in.metadata" (dict "root" . "name" $resource) }}
spec:
  serviceAccountName: {{ $account }}
  {{- toYaml .Values.alertmanager.alertmanagerSpec | nindent 2 }}
---
apiVersion: v1
kind: Secret
{{ include "stand-in.metadata" (dict "root" . "name" (printf "alertmanager-%s" $resource)) }}
data:
  {{- if .Values.alertmanager.tplConfig }}
  alertmanager.yaml: {{ tpl (toYaml .Values.alertmanager.config) . | b64enc }}
  {{- else }}
  alertmanager.yaml: {{ toYaml .Values.alertmanager.config | b64enc }}
  {{- end }}
  {{- range $file, $text := .Values.alertmanager.templateFiles }}
  {{ $file }}: {{ $text | b64enc }}
  {{- end }}
{{- if .Values.alertmanager.serviceAccount.create }}
{{- include "stand-in.service-account" (dict "root" . "name" $account "annotations" .Values.alertmanager.serviceAccount.annotations) }}
{{- end }}
{{- include "stand-in.service" (dict "root" . "name" $name "ports" (dict "http-web" 9093) "selector" (dict "alertmanager" $resource)) }}
{{- include "stand-in.service-monitor" (dict "root" . "name" $name "port" "http-web") }}
{{- if .Values.alertmanager.podDisruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
{{ include "stand-in.metadata" (dict "root" . "name" $name) }}
spec:
  minAvailable: {{ .Values.alertmanager.podDisruptionBudget.minAvailable }}
  selector:
    matchLabels:
      alertmanager: {{ $resource }}
{{- end }}
{{- end }}
