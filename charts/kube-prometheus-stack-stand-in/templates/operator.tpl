{{- $name := printf "%s-operator" (include "stand-in.fullname" .) }}
{{- $account := include "stand-in.account" (dict "root" . "component" "prometheusOperator" "suffix" "operator") }}
{{- if .Values.prometheusOperator.enabled }}
{{- include "stand-in.workload" (dict "root" . "kind" "Deployment" "name" $name "account" $account "resources" .Values.prometheusOperator.resources) }}
{{- if .Values.prometheusOperator.serviceAccount.create }}
{{- include "stand-in.service-account" (dict "root" . "name" $account) }}
{{- end }}
{{- include "stand-in.rbac" (dict "root" . "kind" "ClusterRole" "name" $name "account" $account "rules" (list
  (dict "apiGroups" (list "monitoring.coreos.com") "resources" (list "*") "verbs" (list "*"))
  (dict "apiGroups" (list "apps") "resources" (list "statefulsets") "verbs" (list "*"))
  (dict "apiGroups" (list "") "resources" (list "configmaps" "secrets" "services") "verbs" (list "*")))) }}
{{- include "stand-in.service" (dict "root" . "name" $name "ports" (dict "https" 443)) }}
{{- include "stand-in.service-monitor" (dict "root" . "name" $name "port" "https") }}
{{- end }}
