import { basename, isAbsolute, normalize } from 'node:path';
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
  /** Absolute: the plan folder, and the summary in it. */
  readonly planDir: string;
  readonly summary: string;
  readonly repository: string;
  readonly pull: string;
  readonly sha: string;
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

const isInside = (path: string): boolean => {
  const plain = normalize(path);
  return !isAbsolute(plain) && plain !== '..' && !plain.startsWith('../');
};

export const isFetched = (chart: string, repo: string | undefined): boolean =>
  repo !== undefined || chart.startsWith('oci://');

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
  const local = isFetched(rest.chart, rest.repo) ? [] : [rest.chart];
  const outside = [...local, ...rest.values].find((path) => !isInside(path));
  if (outside !== undefined)
    throw wrong(
      `${outside} lies outside of the project's folder, so a change of it would not be planned. Make the project's \`dir\` a folder that holds it.`,
    );
  if (isFetched(rest.chart, rest.repo) && rest.version === undefined)
    throw wrong('A chart that is fetched needs a `version`.');
  if (given('TIDEGATE_PLAN_DIR') === '') throw wrong('TIDEGATE_PLAN_DIR does not say where the plan is.');
  return {
    ...rest,
    release: name,
    planDir: given('TIDEGATE_PLAN_DIR'),
    summary: given('TIDEGATE_SUMMARY') || `${given('TIDEGATE_PLAN_DIR')}/summary.json`,
    repository: given('TIDEGATE_REPOSITORY'),
    pull: given('TIDEGATE_PULL'),
    sha: given('TIDEGATE_SHA'),
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
