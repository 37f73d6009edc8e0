{{/* metadata of an object; root, name, and optionally namespace ("-" for none), labels, annotations. */}}
{{- define "stand-in.metadata" -}}
metadata:
  name: {{ .name }}
  {{- if ne (.namespace | default "") "-" }}
  namespace: {{ .namespace | default .root.Release.Namespace }}
  {{- end }}
  labels:
    app.kubernetes.io/managed-by: {{ .root.Release.Service }}
    app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
    app.kubernetes.io/part-of: {{ include "stand-in.fullname" .root }}
    musterbook.dev/stand-in: "true"
    release: {{ .root.Release.Name | quote }}
    {{- with mergeOverwrite (dict) (.root.Values.commonLabels | default dict) (.labels | default dict) }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- define "stand-in.service-account" }}
---
apiVersion: v1
kind: ServiceAccount
{{ include "stand-in.metadata" . }}
{{- end }}

{{/* root, name, port, and optionally namespace, headless, ports. */}}
{{- define "stand-in.service" }}
---
apiVersion: v1
kind: Service
{{ include "stand-in.metadata" . }}
spec:
  {{- if .headless }}
  clusterIP: None
  {{- end }}
  selector:
    {{- toYaml (.selector | default (dict "app" .name)) | nindent 4 }}
  ports:
    {{- range $name, $port := .ports }}
    - name: {{ $name }}
      port: {{ $port }}
    {{- end }}
{{- end }}

{{/* root, name, port, and optionally job, relabelings. */}}
{{- define "stand-in.service-monitor" }}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
{{ include "stand-in.metadata" . }}
spec:
  selector:
    matchLabels:
      app: {{ .name }}
  endpoints:
    - port: {{ .port }}
      {{- with .relabelings }}
      relabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}

{{/* root, kind, name, account, resources. */}}
{{- define "stand-in.workload" }}
---
apiVersion: apps/v1
kind: {{ .kind }}
{{ include "stand-in.metadata" . }}
spec:
  {{- if eq .kind "Deployment" }}
  replicas: 1
  {{- end }}
  selector:
    matchLabels:
      app: {{ .name }}
  template:
    metadata:
      labels:
        app: {{ .name }}
    spec:
      serviceAccountName: {{ .account }}
      containers:
        - name: main
          image: stand-in.invalid/{{ .root.Chart.Name }}:{{ .root.Chart.Version }}
          {{- with .resources }}
          resources:
            {{- toYaml . | nindent 12 }}
          {{- end }}
{{- end }}

{{/* A role with its binding to a service account; root, name, account, rules, kind ClusterRole or Role. */}}
{{- define "stand-in.rbac" }}
{{- $scope := eq .kind "ClusterRole" | ternary (dict "namespace" "-") dict }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
{{ include "stand-in.metadata" (merge $scope .) }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
{{ include "stand-in.metadata" (merge $scope .) }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: {{ .account }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}
