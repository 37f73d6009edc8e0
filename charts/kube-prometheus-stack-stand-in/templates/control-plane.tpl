{{- $root := . }}
{{- $fullname := include "stand-in.fullname" . }}
{{- if .Values.kubeApiServer.enabled }}
{{- include "stand-in.service-monitor" (dict "root" . "name" (printf "%s-apiserver" $fullname) "port" "https") }}
{{- end }}
{{- if .Values.kubelet.enabled }}
{{- include "stand-in.service-monitor" (dict "root" . "name" (printf "%s-kubelet" $fullname) "port" "https-metrics") }}
{{- end }}
{{- range $component := list
  (list "coreDns" "coredns" 9153)
  (list "kubeDns" "kube-dns" 10054)
  (list "kubeProxy" "kube-proxy" 10249)
  (list "kubeEtcd" "kube-etcd" 2381)
  (list "kubeScheduler" "kube-scheduler" 10259)
  (list "kubeControllerManager" "kube-controller-manager" 10257) }}
{{- if (index $root.Values (index $component 0)).enabled }}
{{- $name := printf "%s-%s" $fullname (index $component 1) }}
{{- include "stand-in.service" (dict "root" $root "name" $name "namespace" "kube-system" "headless" true "ports" (dict "http-metrics" (index $component 2)) "selector" (dict "k8s-app" (index $component 1))) }}
{{- include "stand-in.service-monitor" (dict "root" $root "name" $name "port" "http-metrics") }}
{{- end }}
{{- end }}
