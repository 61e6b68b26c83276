import { parseOperatorFile } from '../../src/config/operator-file.ts';
import type { OperatorSettings } from '../../src/config/types.ts';
import type { DriftMode, Mode, Story } from './story.ts';

const operators = new Map<string, OperatorSettings>();

/** Read once for each text. */
export const operatorOf = (story: Story): OperatorSettings => {
  const text = operatorText(story);
  const known = operators.get(text);
  if (known !== undefined) return known;
  const parsed = parseOperatorFile(text, 'operator.yaml');
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed.problem));
  operators.set(text, parsed.value);
  return parsed.value;
};

/** What the story's operator has written. */
const operatorText = ({
  projects,
  modes,
  drift,
  tagged,
  guarded,
  parallelRuns,
}: Pick<Story, 'projects' | 'modes' | 'drift' | 'tagged' | 'guarded' | 'parallelRuns'>): string => {
  const rules = projects.map((match, index) => ({
    match,
    apply: applyOf(modes[index]),
    ...driftOf(drift[index]),
    ...(match === guarded ? { requirements: ['approved'] } : {}),
  }));
  const following =
    tagged === null
      ? []
      : [
          {
            match: tagged,
            environment: { name: 'production', tag: 'v*' },
            ...driftOf(drift[projects.length]),
          },
        ];
  return `allow: [acme/*]\nparallel_runs: ${parallelRuns}\nrules: ${JSON.stringify([...rules, ...following])}\n`;
};

/** What somebody does to this attribute is nobody's matter. Whatever differs changes `meaning` as well. */
export const passedOver = 'label';
const ignore = [
  {
    address: 'terraform_data.*',
    paths: [passedOver, 'meaning'],
    reason: 'Somebody keeps notes there',
    until: '2026-12-31',
  },
];

/** Each has one thing: any drift is all of it. */
const driftOf = (mode: DriftMode = 'off'): object =>
  mode === 'off' ? {} : { drift: { mode, schedule: { cron: '17 * * * *' }, limits: { share: 100 }, ignore } };

/** What lies on `main` before anything happens. */
export const firstFiles = ({
  projects,
  tagged,
}: Pick<Story, 'projects' | 'tagged'>): Record<string, string> =>
  Object.fromEntries(
    [...projects, ...(tagged === null ? [] : [tagged])].map((name) => [`${name}/main.tf`, `${name} 0\n`]),
  );

const applyOf = (mode: Mode = 'command'): unknown =>
  mode === 'first'
    ? { mode: 'auto', when: 'plan.update == 0 && plan.destroy == 0' }
    : mode === 'always'
      ? 'auto'
      : mode;
