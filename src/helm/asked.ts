import { basename, isAbsolute, join, normalize, relative } from 'node:path';
import { z } from 'zod';
import { wrong } from './stopped.ts';

const label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const flag = z.union([z.boolean(), z.stringbool()]).default(false);
const line = z.string().regex(/^[^\p{Cc}-][^\p{Cc}]*$/u, 'one line that does not begin with a dash');

const settings = z.strictObject({
  release: z.string().regex(label, 'the name of a release').optional(),
  namespace: z.string().regex(label, 'the name of a namespace'),
  chart: line.default('.'),
  version: line.optional(),
  repo: z
    .string()
    .regex(/^https?:\/\/\S+$/, 'an address')
    .optional(),
  values: z.array(line).default([]),
  context: line.optional(),
  timeout: z
    .string()
    .regex(/^[1-9]\d{0,4}[smh]$/, 'a duration such as `5m`')
    .default('5m'),
  create_namespace: flag,
  take_ownership: flag,
  on_failure: z.enum(['leave', 'rollback']).default('leave'),
  frozen: flag,
});

/** What a phase is asked for, from its environment. */
export interface Asked extends Omit<z.infer<typeof settings>, 'release'> {
  readonly release: string;
  /** The project's folder, from the root of the repository. */
  readonly dir: string;
  /** Absolute: the plan folder, and the summary in it. */
  readonly planDir: string;
  readonly summary: string;
  readonly repository: string;
  readonly pull: string;
  readonly sha: string;
  /** Absolute: a file of outputs of other projects; '' where it is given none. */
  readonly feeds: string;
  /** Of what Tidegate took for the same meaning; '' but at an apply. */
  readonly planDigest: string;
  /** May it use the network, and the cluster? */
  readonly isTrusted: boolean;
  /** '' where nobody gave one: then no cluster can be asked. */
  readonly kubeconfig: string;
  /** What the tools are started with besides what is ours to say. */
  readonly passed: Readonly<Record<string, string>>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Of the variables of Helm and Kubernetes only these are the operator's to give: all others would change what a plan means. */
const givenToTools = ['HELM_REGISTRY_CONFIG', 'KUBE_FEATURE_WatchListClient'];

const isOwn = (name: string): boolean =>
  /^(?:HELM_|KUBE|TIDEGATE_|NODE_)/.test(name) && !givenToTools.includes(name);

/** Inside of the repository, as seen from the project's folder: Tidegate looks at nothing else, and plans for no change of it. */
const isInside = (dir: string, path: string): boolean => {
  const plain = normalize(join(dir, path));
  return !isAbsolute(path) && plain !== '..' && !plain.startsWith('../');
};

/** A chart of the repository begins with `.`; anything else is an address, or a name in `repo`. */
export const isFetched = ({ chart }: Pick<Asked, 'chart'>): boolean => !chart.startsWith('.');

/** A file of the pull request may name programs to be started, and any cluster. */
const isOfCheckout = (kubeconfig: string, cwd: string, dir: string): boolean => {
  const root = normalize(
    join(
      cwd,
      ...normalize(dir)
        .split('/')
        .map((step) => (step === '.' || step === '' ? '.' : '..')),
    ),
  );
  return kubeconfig
    .split(':')
    .some((file) => file !== '' && (!isAbsolute(file) || !relative(root, file).startsWith('..')));
};

/** Reads what Tidegate tells a step. Throws Stopped. */
export const readAsked = (environment: Environment, cwd: string): Asked => {
  const given = (name: string): string => environment[name] ?? '';
  const asked = settings.safeParse(json(given('TIDEGATE_WITH') || '{}'));
  if (!asked.success) {
    const [issue] = asked.error.issues;
    throw wrong(`\`with\` of this project: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? ''}`);
  }
  const { release, ...rest } = asked.data;
  const folder = basename(given('TIDEGATE_DIR')) || basename(cwd);
  const name = release ?? folder.toLowerCase();
  if (!label.test(name) || name.length > 53)
    throw wrong(`The folder's name is no name for a release (${name}): say \`release\`.`);
  const dir = given('TIDEGATE_DIR') || '.';
  const outside = [...(isFetched(rest) ? [] : [rest.chart]), ...rest.values].find(
    (path) => !isInside(dir, path),
  );
  if (outside !== undefined) throw wrong(`${outside} lies outside of the repository.`);
  if (isFetched(rest) && rest.repo === undefined && !/^(?:oci|https?):\/\//.test(rest.chart))
    throw wrong(
      `${rest.chart} is no address: a chart of the repository begins with \`.\`, one of a repository of charts needs \`repo\`.`,
    );
  if (isFetched(rest) && rest.version === undefined && !/^https?:/.test(rest.chart))
    throw wrong('A chart that is fetched needs a `version`.');
  if (isOfCheckout(given('KUBECONFIG'), cwd, dir))
    throw wrong("KUBECONFIG names a file of the checkout, or no absolute path: it has to be the operator's.");
  if (given('TIDEGATE_PLAN_DIR') === '') throw wrong('TIDEGATE_PLAN_DIR does not say where the plan is.');
  return {
    ...rest,
    release: name,
    dir,
    planDir: given('TIDEGATE_PLAN_DIR'),
    summary: given('TIDEGATE_SUMMARY') || `${given('TIDEGATE_PLAN_DIR')}/summary.json`,
    repository: given('TIDEGATE_REPOSITORY'),
    pull: given('TIDEGATE_PULL'),
    sha: given('TIDEGATE_SHA'),
    feeds: given('TIDEGATE_FEEDS'),
    planDigest: given('TIDEGATE_PLAN_DIGEST'),
    isTrusted: given('TIDEGATE_TRUSTED') === 'yes',
    kubeconfig: given('KUBECONFIG'),
    passed: Object.fromEntries(
      Object.entries(environment).flatMap(([name, value]) =>
        value === undefined || isOwn(name) ? [] : [[name, value] as const],
      ),
    ),
  };
};

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong('TIDEGATE_WITH is no JSON.');
  }
};
