import { describe, expect, it } from 'vitest';
import { everything } from '../../src/domain/command.ts';
import { command, mistake } from './comments.ts';

const all = (verb: 'plan' | 'apply', environment: string | null) => ({
  verb,
  selector: everything,
  extra: [],
  scope: { kind: 'all', environment },
});

describe('all of it', () => {
  it.each([
    ['/plan --all', all('plan', null)],
    ['/plan --all --env prod', all('plan', 'prod')],
    ['tidegate apply --all --env "EU west/1"', all('apply', 'EU west/1')],
    ['atlantis apply --env=prod --all', all('apply', 'prod')],
    ['/plan --no-limit', { verb: 'plan', selector: everything, extra: [], scope: { kind: 'no-limit' } }],
    [
      '/plan -d "team/*" --no-limit -- -refresh=false',
      {
        verb: 'plan',
        selector: { ...everything, dirs: ['team/*'] },
        extra: ['-refresh=false'],
        scope: { kind: 'no-limit' },
      },
    ],
  ])('is read from %s', (body, meant) => {
    expect(command(body)).toEqual(meant);
  });

  it.each([
    ['/apply --all', 'needs the environment behind it'],
    ['/apply --env prod', '`--env` goes with `--all`'],
    ['/plan --env prod', '`--env` goes with `--all`'],
    ['/plan --all -p a', 'others are selected beside it'],
    ['/plan --all --no-limit', 'has no limit already'],
    ['/plan --all -- -destroy', 'is not allowed in a comment'],
    ['/plan --all -- -target=a.b', 'takes no arguments for the tool'],
    ['/plan --all --env', '`--env` needs a value'],
    ['/plan --all --env -p', '`--env` needs a value'],
    ['/plan --all --env a --env b', '`--env` is given twice'],
    ['/plan --all --env $(id)', 'holds characters that a selector may not have'],
    ['/apply --no-limit', '`--no-limit` is not understood after `apply`'],
    // Nothing ends everything at once.
    ['/destroy --all', '`--all` is not understood after `destroy`'],
    ['/destroy --all --env prod', '`--all` is not understood after `destroy`'],
    ['/unlock --all', '`--all` is not understood after `unlock`'],
    ['/cancel --all', '`--all` is not understood after `cancel`'],
    ['/state rm --all', '`--all` is not understood after `state`'],
  ])('is not read from %s', (body, sentence) => {
    expect(mistake(body).sentence).toContain(sentence);
  });
});
