import { describe, expect, it } from 'vitest';
import { everything } from '../../src/domain/command.ts';
import { commandText } from '../../src/domain/command-text.ts';
import { command, mistake } from './comments.ts';

describe('/plan --consumers', () => {
  it('stands alone', () => {
    const read = command('/plan --consumers');
    expect(read).toEqual({ verb: 'plan', selector: everything, extra: [], consumers: true });
    expect(commandText(read)).toBe('/plan --consumers');
  });

  it.each([
    '/plan --consumers -p network',
    '/plan -d x --consumers',
    '/plan --consumers -- -target=a.b',
    '/plan -- --consumers',
  ])('takes nothing beside it: %s', (body) => {
    expect(mistake(body).sentence).toContain('stands alone');
  });

  it('is of plans only', () => {
    expect(mistake('/apply --consumers').sentence).toContain('`--consumers` is not understood');
  });
});
