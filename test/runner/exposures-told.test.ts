import { describe, expect, test } from 'vitest';
import { readTerraformPlan } from '../support/read-plan.ts';
import { catalogue, exposures, forAll, forMe, open22, policy } from './exposure-samples.ts';
import { plan, resource } from './plan-json.ts';

describe('what a change opens', () => {
  test('a value that is only known after the apply is none', () => {
    expect(
      exposures(
        'aws_db_instance',
        { deletion_protection: true },
        {},
        { after_unknown: { deletion_protection: true } },
      ),
    ).toEqual([]);
    expect(exposures('aws_s3_bucket_policy', null, {}, { after_unknown: { policy: true } })).toEqual([]);
    const after = { ingress: [{ ...open22, cidr_blocks: [null] }] };
    const after_unknown = { ingress: [{ cidr_blocks: [true] }] };
    expect(exposures('aws_security_group', null, after, { after_unknown })).toEqual([]);
    // Nobody knows to whom it is open.
    const service = { spec: [{ type: 'LoadBalancer' }] };
    const later = { after_unknown: { spec: [{ load_balancer_source_ranges: true }] } };
    expect(exposures('kubernetes_service', null, service, later)).toEqual([]);
    // Nobody knows whether it leads in.
    const rule = { cidr_blocks: ['0.0.0.0/0'] };
    expect(exposures('aws_security_group_rule', null, rule, { after_unknown: { type: true } })).toEqual([]);
  });

  test('a sensitive value is found and not told', () => {
    const after = { policy: policy(forAll) };
    expect(exposures('aws_s3_bucket_policy', null, after, { after_sensitive: { policy: true } })).toEqual([
      'opening policy (sensitive value)',
    ]);
    const rule = { cidr_ipv4: '0.0.0.0/0', from_port: 61_234_567 };
    const sensitive = { cidr_ipv4: true, from_port: true };
    const told = exposures('aws_vpc_security_group_ingress_rule', null, rule, { after_sensitive: sensitive });
    expect(told).toEqual(['opening cidr_ipv4 (sensitive value) from_port=(sensitive value)']);
  });

  test('is found in what a summary cuts, and a long list of it is counted', () => {
    const many = Array.from({ length: 90 }, (_, index) => ({ ...forMe, Sid: `s${index}` }));
    const long = { policy: policy(...many, forAll), ...Object.fromEntries(many.map(({ Sid }) => [Sid, 1])) };
    expect(exposures('aws_s3_bucket_policy', null, long)).toEqual([
      'opening policy Principal * Action=s3:GetObject Resource=r',
    ]);
    const ingress = many.map((_, index) => ({ ...open22, from_port: index, to_port: index }));
    const change = resource(
      'aws_security_group.x',
      { before: { ingress: [] }, after: { ingress } },
      { type: 'aws_security_group' },
    );
    const { summary } = readTerraformPlan(plan({ resource_changes: [change] }), catalogue);
    expect(summary.resources[0]?.exposures?.found).toHaveLength(5);
    expect(summary.resources[0]?.exposures?.more).toEqual({ opening: 85, 'protection-off': 0 });
  });

  test('what is beside it is told in short, and what has an inside is not', () => {
    const about = (beside: unknown) =>
      exposures('aws_vpc_security_group_ingress_rule', null, { cidr_ipv4: '::/0', from_port: beside });
    expect(about([1, 2, '', null, 2])).toEqual(['opening cidr_ipv4 ::/0 from_port=1, 2']);
    expect(about({ a: 1 })).toEqual(['opening cidr_ipv4 ::/0']);
    const many = Array.from({ length: 12 }, (_, index) => index);
    expect(about(many)).toEqual(['opening cidr_ipv4 ::/0 from_port=0, 1, 2, 3, 4, 5, 6, 7, 4 more']);
  });

  test('is no part of what a plan means', () => {
    const change = resource(
      'aws_security_group.x',
      { actions: ['create'], before: null, after: { ingress: [open22] } },
      { type: 'aws_security_group' },
    );
    const bytes = plan({ resource_changes: [change] });
    expect(readTerraformPlan(bytes, catalogue).meaning).toBe(readTerraformPlan(bytes).meaning);
    expect(readTerraformPlan(bytes).summary.resources[0]).not.toHaveProperty('exposures');
  });
});
