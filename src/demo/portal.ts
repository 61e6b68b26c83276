/** The page of the office, deployed by Helm: a part of the demo's third repository where helm and kubectl are there. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../clock/port.ts';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import type { Files } from './repository.ts';

const execute = promisify(execFile);

const namespace = 'office';
const context = 'demo';

/** What helm and kubectl of the machine act on: a cluster that lives in the memory of this process. */
export interface Portal {
  readonly kubeconfig: string;
  /** What was deployed, from a map of the cluster, by key; null where there is none. */
  shows(key: string): unknown;
  /** Installs what is on `main`, by hand as it were. `folder` holds the repository's files. */
  install(folder: string): Promise<void>;
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `helm v3.17.2`: of the PATH that is given. Null where it is not there, or does not say. */
const versionOf = async (environment: Environment): Promise<string | null> => {
  const env = { PATH: environment['PATH'], HOME: '/' };
  try {
    const [helm] = await Promise.all([
      execute('helm', ['version', '--template', '{{.Version}}'], { env }),
      execute('kubectl', ['version', '--client'], { env }),
    ]);
    return helm.stdout.trim();
  } catch {
    return null;
  }
};

/** As `runners/helm` has it. */
const isFit = (version: string): boolean => /^v(?:3\.(?:1[7-9]|[2-9]\d)|4\.)/.test(version);

/** A stand-in cluster in `folder` (absolute) if helm and kubectl are there; null, and nothing said, where they are not. */
export const startPortal = async (
  folder: string,
  environment: Environment,
  clock: Clock,
  say: (line: string) => void,
): Promise<Portal | null> => {
  const version = await versionOf(environment);
  if (version === null) return null;
  if (!isFit(version)) {
    say(`helm ${version} is here, but Tidegate takes 3.17 and later, or 4: the story goes without it.`);
    return null;
  }
  const cluster = await startCluster({ clock, namespaces: [namespace], isLenient: true });
  say(`helm ${version} is here: it gets a stand-in cluster, which lives in memory and goes with the demo.`);
  return portalIn(cluster, cluster.environment(folder, { context }), environment);
};

const portalIn = (
  cluster: Cluster,
  ofCluster: Readonly<Record<string, string>>,
  { PATH }: Environment,
): Portal => ({
  kubeconfig: ofCluster['KUBECONFIG'] ?? '',
  shows: (key) => {
    const data = cluster.object('ConfigMap', namespace, 'portal')?.['data'];
    return Object.entries(data ?? {}).find(([name]) => name === key)?.[1] ?? null;
  },
  install: async (folder) => {
    const args = ['install', 'portal', '../charts/portal', '-n', namespace, '-f', 'values.yaml'];
    const env = { ...ofCluster, PATH };
    await execute('helm', [...args, '--set', 'teams=open'], { cwd: path.join(folder, 'portal'), env });
  },
  close: cluster.close,
});

/** Variables of the server that plans and applies are given. */
export const portalVariables = ['KUBECONFIG'] as const;

const page = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  welcome: {{ .Values.welcome | quote }}
  teams: {{ .Values.teams | quote }}
`;

const pods = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels:
      app: {{ .Release.Name }}
  template:
    metadata:
      labels:
        app: {{ .Release.Name }}
    spec:
      containers:
        - name: page
          image: registry.acme.example/portal:1.0.0
`;

const entry = `  - name: portal
    dir: portal
    runner: helm
    requirements: [approved]
    with:
      chart: ../charts/portal
      namespace: ${namespace}
      context: ${context}
      values: [values.yaml]
    # Who may look at teams is what Terraform made of them.
    depends_on: [{ project: teams, outputs: [privacy] }]
    feeds:
      teams: { project: teams, output: privacy }
`;

const moduleOutput = `
output "privacy" {
  value = terraform_data.team.output.privacy
}
`;

const teamsOutput = `
output "privacy" {
  value = module.team["platform"].privacy
}
`;

const values = (welcome: string, replicas: number): string => `welcome: ${welcome}\nreplicas: ${replicas}\n`;

const added = (files: Files, name: string, text: string): Files =>
  files[name] === undefined ? {} : { [name]: files[name] + text };

/** The repository of the office, with a release that is told what Terraform made. */
export const withPortal = (files: Files): Files => ({
  ...files,
  ...added(files, 'tidegate.yaml', entry),
  ...added(files, 'modules/team/main.tf', moduleOutput),
  ...added(files, 'teams/main.tf', teamsOutput),
  'charts/portal/Chart.yaml': 'apiVersion: v2\nname: portal\nversion: 1.0.0\n',
  'charts/portal/templates/page.yaml': page,
  'charts/portal/templates/pods.yaml': pods,
  'portal/values.yaml': values('Hello', 1),
});

/** The pull request, which changes the values as well. */
export const withNewPortal = (files: Files): Files => ({
  ...files,
  ...added(files, 'modules/team/main.tf', moduleOutput),
  'portal/values.yaml': values('Good morning', 2),
});
