import { describe, expect, it } from 'vitest';
import { everything } from '../../src/domain/command.ts';
import { command, mistake } from './comments.ts';

const override = (policy: string, reason: string) => ({
  verb: 'approve',
  selector: everything,
  extra: [],
  override: { policy, reason },
});

describe('what /approve names', () => {
  it.each([
    ['/approve no-buckets it is public', 'no-buckets', 'it is public'],
    [
      'tidegate approve no-buckets   it\'s public, "really" -- yes  ',
      'no-buckets',
      'it\'s public, "really" -- yes',
    ],
    ['/approve a -p network', 'a', '-p network'],
    [`/approve a ${'é'.repeat(500)}`, 'a', 'é'.repeat(500)],
  ])('reads %j', (body, policy, reason) => {
    expect(command(body)).toEqual(override(policy, reason));
  });

  it.each([
    ['tidegate approve', 'needs the name of a policy'],
    ['tidegate approve no-buckets', 'needs a reason'],
    ['/approve No_Buckets because of that', 'is not the name of a policy'],
    ['/approve -p network', 'is not the name of a policy'],
    [`/approve a ${'x'.repeat(501)}`, 'longer than 500'],
  ])('refuses %j', (body, words) => {
    expect(mistake(body).sentence).toContain(words);
  });
});
