import { readTerraformPlan } from '../support/read-plan.ts';
import { dangerCatalogue } from '../support/shipped-danger.ts';
import { plan, resource } from './plan-json.ts';

type Fields = Readonly<Record<string, unknown>>;

export const catalogue = dangerCatalogue();

/** Of a change of which one side may be missing. */
export const actionsOf = (before: unknown, after: unknown): readonly string[] =>
  before === null ? ['create'] : after === null ? ['delete'] : ['update'];

/** What is found in one change, in short. */
export const exposures = (
  type: string,
  before: unknown,
  after: unknown,
  more: Fields = {},
  with_ = catalogue,
) => {
  const change = resource(
    `${type}.x`,
    { actions: actionsOf(before, after), before, after, ...more },
    { type },
  );
  const { summary } = readTerraformPlan(plan({ resource_changes: [change] }), with_);
  return (summary.resources[0]?.exposures?.found ?? []).map(
    ({ kind, path, after: value, about }) =>
      `${kind} ${path} ${value}${about.map((one) => ` ${one.path}=${one.value}`).join('')}`,
  );
};

export const open443 = {
  cidr_blocks: ['0.0.0.0/0'],
  from_port: 443,
  to_port: 443,
  protocol: 'tcp',
  description: 'a',
};
export const open22 = {
  cidr_blocks: ['0.0.0.0/0'],
  from_port: 22,
  to_port: 22,
  protocol: 'tcp',
  description: 'b',
};
export const policy = (...statements: readonly Fields[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
export const forMe = {
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::1:root' },
  Action: 's3:*',
  Resource: 'r',
};
export const forAll = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'r' };
export const port22 = 'opening ingress[0].cidr_blocks[0] 0.0.0.0/0 from_port=22 to_port=22 protocol=tcp';
