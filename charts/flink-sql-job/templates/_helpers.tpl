{{- define "job.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "job.labels" -}}
{{ include "job.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* The manifest's text, after a look at its name: another name would be another job, and leave this one without a release. */}}
{{- define "job.manifest" -}}
{{- $given := required "manifest is missing: the job's manifest, as values (manifest: …) or as a file (--set-file manifest=orders.yaml)" .Values.manifest -}}
{{- $read := $given -}}
{{- if kindIs "string" $given -}}
{{- $given = regexReplaceAll "^---[ \t]*\n" $given "" -}}
{{- $read = fromYaml $given -}}
{{- if hasKey $read "Error" -}}
{{- fail (printf "manifest is not YAML with a mapping: %s" $read.Error) -}}
{{- end -}}
{{- if regexMatch "(?m)^---" $given -}}
{{- fail "manifest is more than one YAML document: one release is one job" -}}
{{- end -}}
{{- end -}}
{{- if and $read.name (ne (toString $read.name) .Release.Name) -}}
{{- fail (printf "manifest.name is %s and the release is called %s: one release is one job, so give it the job's name" $read.name .Release.Name) -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]([a-z0-9-]{0,36}[a-z0-9])?$" .Release.Name) -}}
{{- fail (printf "the release's name %s is the job's: small letters, digits and -, first a letter, at most 38 characters" .Release.Name) -}}
{{- end -}}
{{- if not (kindIs "string" $given) -}}
{{- toYaml (merge (dict "name" .Release.Name) (deepCopy $given)) -}}
{{- else if $read.name -}}
{{- $given -}}
{{- else -}}
{{- printf "%s\nname: %s\n" (trimSuffix "\n" $given) .Release.Name -}}
{{- end -}}
{{- end -}}

{{- define "job.config" -}}
{{- $settings := deepCopy (.Values.kubernetes | default dict) -}}
{{- if .Values.credentialsSecret -}}
{{- $_ := set $settings "envFrom" (append ($settings.envFrom | default list) (dict "secretRef" (dict "name" .Values.credentialsSecret))) -}}
{{- end -}}
{{- $target := dict "kind" "kubernetes" "namespace" (.Values.jobNamespace | default .Release.Namespace) -}}
{{- if $settings -}}
{{- $_ := set $target "kubernetes" $settings -}}
{{- end -}}
{{- $config := dict "owner" (.Values.submitter.owner | default (printf "helm:%s" .Release.Name)) "store" (required "store is missing: the bucket's URL, such as s3://bucket?prefix=prod/" .Values.store) "targets" (dict "kubernetes" $target) "defaults" (dict "target" "kubernetes") -}}
{{- toYaml (mergeOverwrite $config (deepCopy (.Values.submitter.config | default dict))) -}}
{{- end -}}

{{/*
A Job that runs the submitter: (dict "root" . "name" … "hook" … "args" list "delete" policy).
What the submitter writes goes to emptyDirs: the working directory has submitter.yaml and gets .flink-sql, /tmp its cache.
*/}}
{{- define "job.hook" -}}
{{- $s := .root.Values.submitter -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .root.Release.Name }}-{{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "job.labels" .root | nindent 4 }}
  annotations:
    helm.sh/hook: {{ .hook }}
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded{{ if eq .name "test" }},hook-failed{{ end }}
    helm.sh/hook-output-log-policy: hook-succeeded,hook-failed
spec:
  backoffLimit: 0
  activeDeadlineSeconds: {{ $s.timeout }}
  ttlSecondsAfterFinished: {{ $s.keep }}
  template:
    metadata:
      labels:
        {{- include "job.labels" .root | nindent 8 }}
        app.kubernetes.io/component: submitter
        {{- with $s.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- with $s.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      restartPolicy: Never
      serviceAccountName: {{ $s.serviceAccountName | quote }}
      enableServiceLinks: false
      {{- with $s.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext: {runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, fsGroup: 65532, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: submitter
          image: {{ $s.image | quote }}
          imagePullPolicy: {{ $s.imagePullPolicy | quote }}
          command: [/usr/local/bin/submitter]
          args:
            {{- toYaml .args | nindent 12 }}
          workingDir: /submitter
          env:
            - {name: HOME, value: /tmp}
            - {name: SUBMITTER_CONFIG, value: /submitter/submitter.yaml}
            {{- with .root.Values.gateway }}
            - {name: SUBMITTER_GATEWAY, value: {{ . | quote }}}
            {{- end }}
            {{- with $s.env }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          {{- if or .root.Values.credentialsSecret $s.envFrom }}
          envFrom:
            {{- with .root.Values.credentialsSecret }}
            - {secretRef: {name: {{ . | quote }}}}
            {{- end }}
            {{- with $s.envFrom }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          {{- end }}
          resources:
            {{- toYaml $s.resources | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          terminationMessagePolicy: FallbackToLogsOnError
          volumeMounts:
            - {name: work, mountPath: /submitter}
            - {name: config, mountPath: /submitter/submitter.yaml, subPath: submitter.yaml, readOnly: true}
            - {name: manifests, mountPath: /submitter/manifests, readOnly: true}
            - {name: tmp, mountPath: /tmp}
      volumes:
        - {name: work, emptyDir: {}}
        - {name: tmp, emptyDir: {}}
        - name: config
          configMap:
            name: {{ .root.Release.Name }}-manifest
            items:
              - {key: submitter.yaml, path: submitter.yaml}
        - name: manifests
          configMap:
            name: {{ .root.Release.Name }}-manifest
            items:
              - {key: manifest.yaml, path: manifest.yaml}
              {{- range $i, $file := keys (.root.Values.files | default dict) | sortAlpha }}
              - {key: file-{{ $i }}, path: {{ $file | quote }}}
              {{- end }}
      {{- with $s.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $s.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
