{{- $root := . }}
{{- $fullname := include "stand-in.fullname" . }}
{{- $name := printf "%s-admission" $fullname }}
{{- $webhooks := .Values.prometheusOperator.admissionWebhooks }}
{{- if and .Values.prometheusOperator.enabled $webhooks.enabled }}
{{- range $kind, $path := dict "Mutating" "mutate" "Validating" "validate" }}
---
apiVersion: admissionregistration.k8s.io/v1
kind: {{ $kind }}WebhookConfiguration
{{ include "stand-in.metadata" (dict "root" $root "name" $name "namespace" "-") }}
webhooks:
  - name: prometheusrule{{ $path }}.monitoring.coreos.com
    failurePolicy: {{ $webhooks.failurePolicy | default "Ignore" }}
    sideEffects: None
    admissionReviewVersions: [v1]
    rules:
      - apiGroups: [monitoring.coreos.com]
        apiVersions: ["*"]
        resources: [prometheusrules]
        operations: [CREATE, UPDATE]
    clientConfig:
      service:
        namespace: {{ $root.Release.Namespace }}
        name: {{ $fullname }}-operator
        path: /admission-prometheusrules/{{ $path }}
{{- end }}
{{- if $webhooks.patch.enabled }}
{{- $clean := dict "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded" }}
{{- $always := merge (dict "helm.sh/hook" "pre-install,pre-upgrade,post-install,post-upgrade") $clean }}
{{- include "stand-in.service-account" (dict "root" . "name" $name "annotations" $always) }}
{{- include "stand-in.rbac" (dict "root" . "kind" "ClusterRole" "name" $name "account" $name "annotations" $always "rules" (list
  (dict "apiGroups" (list "admissionregistration.k8s.io") "resources" (list "validatingwebhookconfigurations" "mutatingwebhookconfigurations") "verbs" (list "get" "update")))) }}
{{- include "stand-in.rbac" (dict "root" . "kind" "Role" "name" $name "account" $name "annotations" $always "rules" (list
  (dict "apiGroups" (list "") "resources" (list "secrets") "verbs" (list "get" "create")))) }}
{{- range $step, $hook := dict "create" "pre-install,pre-upgrade" "patch" "post-install,post-upgrade" }}
---
apiVersion: batch/v1
kind: Job
{{ include "stand-in.metadata" (dict "root" $root "name" (printf "%s-%s" $name $step) "annotations" (merge (dict "helm.sh/hook" $hook) $clean)) }}
spec:
  template:
    spec:
      serviceAccountName: {{ $name }}
      restartPolicy: OnFailure
      containers:
        - name: {{ $step }}
          image: stand-in.invalid/{{ $root.Chart.Name }}:{{ $root.Chart.Version }}
{{- end }}
{{- end }}
{{- end }}
