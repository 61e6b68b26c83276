import type { Path } from '../yaml.ts';
import type { Leave } from './left.ts';
import type { AtlantisRequirement } from './schema-parts.ts';

interface Asks {
  readonly plan_requirements?: readonly AtlantisRequirement[] | undefined;
  readonly apply_requirements?: readonly AtlantisRequirement[] | undefined;
  readonly import_requirements?: readonly AtlantisRequirement[] | undefined;
  readonly policy_check?: boolean | undefined;
}

const words = {
  approved: 'approved',
  mergeable: 'mergeable',
  undiverged: 'up_to_date',
  policies_passed: 'policies',
} as const satisfies Record<AtlantisRequirement, string>;

/** `requirements` of a project or rule; undefined where nothing is asked. */
export const requirementsOf = (asks: Asks, path: Path, name: Leave): Record<string, unknown> | undefined => {
  const list = (asked: readonly AtlantisRequirement[] | undefined) => [
    ...new Set((asked ?? []).map((one) => words[one])),
  ];
  // Of a plan that is not there yet no policy can say anything.
  const plan = list(asks.plan_requirements).filter((one) => one !== 'policies');
  if (asks.plan_requirements?.includes('policies_passed') === true)
    name([...path, 'plan_requirements'], '`policies_passed` is not asked before a plan: there is none yet.');
  const apply = list(asks.apply_requirements);
  if (asks.policy_check === true && !apply.includes('policies')) apply.push('policies');
  const all = { plan, apply, import: list(asks.import_requirements) };
  const said = Object.entries(all).filter(([, one]) => one.length > 0);
  return said.length === 0 ? undefined : Object.fromEntries(said);
};
