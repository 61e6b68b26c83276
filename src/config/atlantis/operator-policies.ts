import { quoted } from '../../domain/quote.ts';
import type { Left } from './left.ts';
import { createLeft } from './left.ts';
import type { AtlantisPolicies } from './schema-parts.ts';
import { stepsOf } from './steps.ts';
import type { AtlantisWorkflow } from './steps-schema.ts';

type Owners = NonNullable<AtlantisPolicies['owners']>;

const policyName = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Arguments that every workflow with steps of its own for policies gives to conftest; null where they differ. */
const conftestArguments = (
  workflows: Readonly<Record<string, AtlantisWorkflow>>,
): readonly string[] | null => {
  const all = Object.values(workflows).flatMap((workflow) => {
    const steps = stepsOf(workflow, 'policy_check');
    if (steps === null) return [];
    const args = steps.flatMap((step) =>
      step.kind === 'own' && step.name === 'policy_check' ? [step.args] : [],
    );
    // A line of its own in the place of conftest.
    return args.length === 1 && steps.every(({ kind }) => kind === 'own') ? args : [null];
  });
  const texts = new Set(all.map((one) => JSON.stringify(one)));
  const [first = []] = all;
  return texts.size > 1 ? null : first;
};

/** Policy sets as policies of the operator file, each asked by conftest. `organisation` is whose the teams are; null: not known. */
export const operatorPolicies = (
  {
    policy_sets: sets = [],
    owners: everybody,
    approve_count: count,
    conftest_version: version,
  }: AtlantisPolicies,
  workflows: Readonly<Record<string, AtlantisWorkflow>>,
  organisation: string | null,
): { readonly made: readonly Readonly<Record<string, unknown>>[]; readonly left: readonly Left[] } => {
  const { all, name, refuse } = createLeft();
  const path = ['policies', 'policy_sets'];
  if (version !== undefined)
    name(['policies', 'conftest_version'], 'The conftest that is on the `PATH` of the server is used.');
  const args = conftestArguments(workflows);
  if (args === null)
    refuse(
      path,
      'Workflows check policies each in a way of its own.',
      'Write `policies` in the operator file, each with a `command`, and take them out here.',
    );
  const teamsOf = ({ teams = [] }: Owners, at: readonly PropertyKey[]): readonly string[] => {
    if (teams.length > 0 && organisation === null)
      refuse(
        at,
        'It is not said of which organisation the teams are.',
        'Write `policies` in the operator file, with owners as `ORGANISATION/TEAM`, and take them out here.',
      );
    return teams.map((team) => `${organisation ?? 'ORGANISATION'}/${team}`);
  };
  const made = sets.map((set, index) => {
    const at = [...path, index];
    const called = set.name.toLowerCase().replaceAll(/[_. ]/g, '-');
    if (!policyName.test(called))
      refuse(
        [...at, 'name'],
        `The name ${quoted(set.name)} cannot be had by a policy.`,
        'Use small letters, digits and dashes.',
      );
    else if (called !== set.name)
      name(
        [...at, 'name'],
        `The policy is called ${quoted(called)}.`,
        'Owners comment `/approve` with that.',
      );
    if (set.source !== undefined && set.source !== 'local')
      refuse([...at, 'source'], 'Policies are read from the disk of the server.', 'Put them there.');
    if (Math.max(set.approve_count ?? 1, count ?? 1) > 1)
      refuse(
        set.approve_count === undefined ? ['policies', 'approve_count'] : [...at, 'approve_count'],
        'One owner lets a plan pass here, and more were asked for.',
        'Name few owners, or ask for approvals with `requirements`, and take the number out.',
      );
    for (const [key, words] of [
      [
        'sticky_policy_approvals',
        'An approval counts for as long as the policy says the same of the same plan.',
      ],
      ['policy_item_regex', 'An approval is of all that the policy said.'],
      ['prevent_self_approve', 'Authors of a pull request never approve it.'],
    ] as const)
      if (set[key] !== undefined) name([...at, key], words);
    const of = [everybody ?? {}, set.owners ?? {}];
    const users = [...new Set(of.flatMap((owners) => owners.users ?? []))];
    const teams = [...new Set(of.flatMap((owners) => teamsOf(owners, at)))];
    const owners = {
      ...(users.length === 0 ? {} : { users }),
      ...(teams.length === 0 ? {} : { teams }),
    };
    return {
      name: called,
      command: ['conftest', 'test', '--policy', set.path, ...(args ?? []), '{plan}'],
      ...(users.length + teams.length === 0 ? {} : { owners }),
    };
  });
  return { made, left: all };
};
