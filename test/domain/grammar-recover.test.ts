import { describe, expect, it } from 'vitest';
import { everything } from '../../src/domain/command.ts';
import { command, mistake } from './comments.ts';

const recover = { verb: 'recover', selector: everything, extra: [] };
const uuid = 'b6b08093-46a8-bb3d-8fa9-f03dc493c798';

describe('what /recover is asked to do', () => {
  it.each([
    ['/recover', recover],
    ['/recover acknowledge', { ...recover, recovery: { kind: 'acknowledge' } }],
    ['tidegate recover push-state', { ...recover, recovery: { kind: 'push-state' } }],
    [`/recover force-unlock ${uuid}`, { ...recover, recovery: { kind: 'force-unlock', lockId: uuid } }],
    [
      '/recover force-unlock 1700000000.7:a_b',
      { ...recover, recovery: { kind: 'force-unlock', lockId: '1700000000.7:a_b' } },
    ],
  ])('reads %s', (body, expected) => {
    expect(command(body)).toEqual(expected);
  });

  it('takes selectors before and behind the action', () => {
    const expected = {
      verb: 'recover',
      selector: { names: ['network'], dirs: [], workspaces: [], labels: [] },
      extra: [],
      recovery: { kind: 'force-unlock', lockId: uuid },
    };
    expect(command(`/recover -p network force-unlock ${uuid}`)).toEqual(expected);
    expect(command(`/recover force-unlock ${uuid} -p network`)).toEqual(expected);
  });

  it('takes the words of actions as names behind a selector', () => {
    expect(command('/recover -p push-state')).toEqual({
      ...recover,
      selector: { names: ['push-state'], dirs: [], workspaces: [], labels: [] },
    });
  });

  it.each([
    ['/recover force-unlock', 'needs the id'],
    ['/recover force-unlock -force', 'needs the id'],
    ['/recover force-unlock --', 'needs the id'],
    ['/recover force-unlock -- x', 'needs the id'],
    ['/recover force-unlock a/b', '`a/b` is not the id of a lock'],
    ['/recover force-unlock a=b', 'is not the id of a lock'],
    ['/recover force-unlock $(id)', 'is not the id of a lock'],
    [`/recover force-unlock ${'a'.repeat(129)}`, 'is not the id of a lock'],
    [`/recover force-unlock ${uuid} again`, '`again` is not understood after `recover`'],
    ['/recover acknowledge push-state', 'Two things'],
    ['/recover acknowledge acknowledge', 'Two things'],
    ['/recover everything', '`everything` is not understood after `recover`'],
    ['/recover --force', '`--force` is not understood'],
    ['/recover -- -lock=false', 'not allowed'],
  ])('refuses %s', (body, words) => {
    expect(mistake(body).sentence).toContain(words);
  });
});

describe('what /cancel is asked to do', () => {
  it('reads the flag that takes the risk, and selectors around it', () => {
    const cancel = { verb: 'cancel', selector: everything, extra: [] };
    expect(command('/cancel')).toEqual(cancel);
    expect(command('/cancel --accept-broken-state')).toEqual({ ...cancel, acceptBrokenState: true });
    expect(command('/cancel --accept-broken-state -p network')).toEqual({
      verb: 'cancel',
      selector: { names: ['network'], dirs: [], workspaces: [], labels: [] },
      extra: [],
      acceptBrokenState: true,
    });
  });

  it.each([
    '/cancel --accept-broken-state=yes',
    '/cancel now',
    '/cancel --force',
    '/unlock --accept-broken-state',
  ])('refuses %s', (body) => {
    expect(mistake(body).sentence).toContain('not understood');
  });
});
