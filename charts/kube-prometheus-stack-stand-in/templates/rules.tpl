{{- $root := . }}
{{- $fullname := include "stand-in.fullname" . }}
{{- $values := .Values }}
{{- $switches := .Values.defaultRules.rules | default dict }}
{{/* Rule file, its switch under defaultRules.rules, and the component without which it is not made. */}}
{{- $rules := list
  (list "alertmanager.rules" "alertmanager" "alertmanager")
  (list "config-reloaders" "configReloaders" "")
  (list "etcd" "etcd" "kubeEtcd")
  (list "general.rules" "general" "")
  (list "k8s.rules.container-cpu-usage-seconds-total" "k8sContainerCpuUsageSecondsTotal" "")
  (list "k8s.rules.container-memory-cache" "k8sContainerMemoryCache" "")
  (list "k8s.rules.container-memory-rss" "k8sContainerMemoryRss" "")
  (list "k8s.rules.container-memory-swap" "k8sContainerMemorySwap" "")
  (list "k8s.rules.container-memory-working-set-bytes" "k8sContainerMemoryWorkingSetBytes" "")
  (list "k8s.rules.container-resource" "k8sContainerResource" "")
  (list "k8s.rules.pod-owner" "k8sPodOwner" "")
  (list "kube-apiserver-availability.rules" "kubeApiserverAvailability" "kubeApiServer")
  (list "kube-apiserver-burnrate.rules" "kubeApiserverBurnrate" "kubeApiServer")
  (list "kube-apiserver-histogram.rules" "kubeApiserverHistogram" "kubeApiServer")
  (list "kube-apiserver-slos" "kubeApiserverSlos" "kubeApiServer")
  (list "kube-prometheus-general.rules" "kubePrometheusGeneral" "")
  (list "kube-prometheus-node-recording.rules" "kubePrometheusNodeRecording" "")
  (list "kube-scheduler.rules" "kubeSchedulerRecording" "kubeScheduler")
  (list "kube-state-metrics" "kubeStateMetrics" "kubeStateMetrics")
  (list "kubelet.rules" "kubelet" "kubelet")
  (list "kubernetes-apps" "kubernetesApps" "")
  (list "kubernetes-resources" "kubernetesResources" "")
  (list "kubernetes-storage" "kubernetesStorage" "")
  (list "kubernetes-system" "kubernetesSystem" "")
  (list "kubernetes-system-apiserver" "kubernetesSystem" "kubeApiServer")
  (list "kubernetes-system-controller-manager" "kubeControllerManager" "kubeControllerManager")
  (list "kubernetes-system-kube-proxy" "kubeProxy" "kubeProxy")
  (list "kubernetes-system-kubelet" "kubernetesSystem" "kubelet")
  (list "kubernetes-system-scheduler" "kubeSchedulerAlerting" "kubeScheduler")
  (list "node-exporter" "nodeExporterAlerting" "nodeExporter")
  (list "node-exporter.rules" "nodeExporterRecording" "nodeExporter")
  (list "node-network" "network" "")
  (list "node.rules" "node" "")
  (list "prometheus" "prometheus" "prometheus")
  (list "prometheus-operator" "prometheusOperator" "prometheusOperator") }}
{{- if .Values.defaultRules.create }}
{{- range $rule := $rules }}
{{- $file := index $rule 0 }}
{{- $on := dig (index $rule 1) true $switches }}
{{- $component := index $rule 2 }}
{{- if and $on (or (not $component) (dig $component "enabled" true $values.AsMap)) }}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
{{ include "stand-in.metadata" (dict "root" $root "name" (printf "%s-%s" $fullname $file | trunc 63 | trimSuffix "-")) }}
spec:
  groups:
    - name: {{ $file }}
      rules:
        - record: {{ $file | replace "." ":" | replace "-" "_" }}:stand_in
          expr: vector(1)
          {{- with $values.defaultRules.additionalRuleLabels }}
          labels:
            {{- toYaml . | nindent 12 }}
          {{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- range $name, $rule := .Values.additionalPrometheusRulesMap }}
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
{{ include "stand-in.metadata" (dict "root" $root "name" (printf "%s-%s" $fullname $name)) }}
spec:
  groups:
    {{- toYaml $rule.groups | nindent 4 }}
{{- end }}
