import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../leftovers.ts';

/** Writes a chart; `files` by their paths in it, `templates/web.yaml` and so on. Returns its folder. */
export const writeChart = (
  files: Readonly<Record<string, string>>,
  { name = 'web', version = '1.0.0', folder = path.join(temporaryFolder('chart'), name) } = {},
): string => {
  const chart = {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\nappVersion: "${version}"\n`,
  };
  for (const [file, text] of Object.entries({ ...chart, ...files })) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
};

/** A ConfigMap of the release's name, with what `message` of the values says. */
export const configMap = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  labels:
    helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
data:
  message: {{ .Values.message | quote }}
`;

export const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas | default 2 }}
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
    spec:
      containers:
        - name: web
          image: registry.example/web:{{ .Values.tag | default "1" }}
          ports:
            - containerPort: 8080
          env:
            - name: MESSAGE
              value: {{ .Values.message | quote }}
`;

export const service = `apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
spec:
  selector:
    app: {{ .Release.Name }}
  ports:
    - name: http
      port: 80
      targetPort: 8080
`;

/** A Job that runs before an upgrade or an install, and stays if it fails. */
export const hookJob = `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: registry.example/migrate:{{ .Values.tag | default "1" }}
`;
