import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toDelivery } from '../../src/forge/github/delivery.ts';

type Json = Record<string, unknown>;

// The package is JSON, and its types say that it is a module with a default export.
const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples');
const examples: { name: string; examples: Json[] }[] = JSON.parse(readFileSync(file, 'utf8'));

const recorded = (event: string): Json[] =>
  examples.filter(({ name }) => name === event).flatMap((one) => one.examples);

const read = (event: string, payload: unknown) => toDelivery({ id: 'd-1', event, payload, receivedAt: 5 });

const example = (event: string, action: string): Json => {
  const found = recorded(event).find(
    (payload) => payload['action'] === action && (event !== 'pull_request' || 'installation' in payload),
  );
  if (found === undefined) throw new Error(`no recorded ${event}.${action}`);
  return structuredClone(found);
};

/** The recorded comments are on issues; GitHub marks those on pull requests with one more field. */
const pullComment = (): Json => {
  const payload = example('issue_comment', 'created');
  payload['installation'] = { id: 7 };
  const issue = payload['issue'] as Json;
  issue['pull_request'] = { url: 'https://api.github.com/repos/Codertocat/Hello-World/pulls/1' };
  return payload;
};

/** The payload with the value at that path changed; `undefined` removes it. */
const changed = (payload: Json, path: string, value: unknown): Json => {
  const copy = structuredClone(payload);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const holder = keys.reduce((at, key) => at[key] as Json, copy);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy;
};

const repo = { id: 186853002, owner: 'Codertocat', name: 'Hello-World', installationId: 1 };
const sender = { id: 21031067, login: 'Codertocat', kind: 'user' };

describe('recorded payloads', () => {
  test.each(['opened', 'reopened', 'synchronize', 'ready_for_review', 'closed'])(
    'pull_request.%s wakes us',
    (action) => {
      const delivery = read('pull_request', example('pull_request', action));
      expect(delivery).toMatchObject({
        id: 'd-1',
        event: 'pull_request',
        action,
        repository: 'Codertocat/Hello-World',
        receivedAt: 5,
        trigger: { kind: 'pull', reason: action, sender },
      });
      const installationId = expect.any(Number);
      expect(delivery.trigger).toMatchObject({ pull: { repo: { ...repo, installationId }, number: 2 } });
    },
  );

  const isPress = (name: string, payload: Json): boolean =>
    name === 'check_run' || (name === 'check_suite' && payload['action'] === 'rerequested');

  test('a merge queue that asks for checks wakes us, for the pull request that its branch names', () => {
    const payload = example('merge_group', 'checks_requested');
    const installation = { id: 7 };
    const { trigger } = read('merge_group', { ...payload, installation });
    expect(trigger).toMatchObject({
      kind: 'group',
      reason: 'checks_requested',
      pull: { number: 104 },
      commit: '2ffea6db159f6b6c47a24e778fb9ef40cf6b1c7d',
      branch: 'gh-readonly-queue/main/pr-104-929f8209d40f77f4abc622a499c93a83babdbe64',
    });
    for (const head_ref of ['refs/heads/main', 'refs/heads/gh-readonly-queue/main/pr-x-1', 7, null])
      expect(
        read('merge_group', changed({ ...payload, installation }, 'merge_group.head_ref', head_ref)).trigger,
      ).toBeNull();
  });

  test('a push wakes us for its branch, and of a tag, whatever it is called, for all of them', () => {
    const [recordedPush] = recorded('push').filter((one) => String(one['ref']).startsWith('refs/'));
    if (recordedPush === undefined) throw new Error('no recorded push');
    const payload = {
      ...recordedPush,
      ref: 'refs/heads/release/one',
      before: 'a'.repeat(40),
      after: 'b'.repeat(40),
      installation: { id: 7 },
    };
    const trigger = {
      kind: 'push',
      pull: { repo: { ...repo, installationId: 7 }, number: 0 },
      branch: 'release/one',
      before: 'a'.repeat(40),
      after: 'b'.repeat(40),
      isDefault: false,
      sender,
    };
    const told = read('push', payload);
    expect(told).toMatchObject({ event: 'push', action: null, trigger });
    const ofMain = changed(payload, 'ref', 'refs/heads/master');
    expect(read('push', ofMain).trigger).toMatchObject({ branch: 'master', isDefault: true });
    expect(read('push', changed(payload, 'before', '0'.repeat(40))).trigger).toEqual({
      ...trigger,
      before: null,
    });
    expect(read('push', changed(payload, 'after', '0'.repeat(40))).trigger).toEqual({
      ...trigger,
      after: null,
    });
    for (const ref of [
      'refs/tags/',
      'refs/tagsv1',
      'main',
      'refs/heads/',
      `refs/heads/${'x'.repeat(251)}`,
      7,
      null,
    ])
      expect(read('push', changed(payload, 'ref', ref)).trigger, String(ref)).toBeNull();
    for (const ref of ['refs/tags/v1.0.0', 'refs/tags/ü/\u202e', `refs/tags/${'x'.repeat(3_000)}`])
      expect(read('push', changed(payload, 'ref', ref)).trigger).toEqual({
        kind: 'tags',
        pull: trigger.pull,
      });
    for (const after of ['x', '', 7, null, undefined])
      expect(read('push', changed(payload, 'after', after)).trigger).toBeNull();
  });

  test('every other recorded event is kept and asks nothing', () => {
    const waking = new Set(['opened', 'reopened', 'synchronize', 'ready_for_review', 'closed']);
    for (const { name, examples: payloads } of examples) {
      for (const payload of payloads) {
        const delivery = read(name, payload);
        if (name === 'pull_request' && waking.has(String(payload['action']))) continue;
        if (['pull_request_review', 'merge_group', 'push'].includes(name) || isPress(name, payload)) continue;
        // Whose issue it is on is asked later.
        if (name === 'issue_comment' && delivery.trigger !== null && 'onIssue' in delivery.trigger) continue;
        expect(delivery.trigger, `${name}.${delivery.action}`).toBeNull();
      }
    }
  });

  test('without an installation nothing can be asked of us', () => {
    const bare = recorded('pull_request').find(
      (payload) => payload['action'] === 'opened' && !('installation' in payload),
    );
    expect(read('pull_request', bare)).toMatchObject({ action: 'opened', trigger: null });
  });
});

describe('edited pull requests', () => {
  const opened = () => changed(example('pull_request', 'opened'), 'action', 'edited');

  test('a new base wakes us', () => {
    const changes = {
      base: { ref: { from: 'main' }, sha: { from: 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e' } },
    };
    const delivery = read('pull_request', { ...opened(), changes });
    expect(delivery.trigger).toMatchObject({ kind: 'pull', reason: 'base_edited' });
  });

  test.each([{ title: { from: 'old' } }, { base: null }, [], null, undefined, 'base'])(
    'changes of %j do not',
    (changes) => {
      expect(read('pull_request', { ...opened(), changes }).trigger).toBeNull();
    },
  );
});

describe('comments', () => {
  test('a created one on a pull request wakes us with its words', () => {
    expect(read('issue_comment', pullComment()).trigger).toEqual({
      kind: 'comment',
      pull: { repo: { ...repo, installationId: 7 }, number: 1 },
      sender,
      commentId: 492700400,
      body: "You are totally right! I'll get this fixed right away.",
      viaAppId: null,
    });
  });

  test.each([null, undefined])('one on an issue is told to be that (%s)', (value) => {
    const trigger = read('issue_comment', changed(pullComment(), 'issue.pull_request', value)).trigger;
    expect(trigger).toMatchObject({ kind: 'comment', onIssue: true, pull: { number: 1 } });
    expect(read('issue_comment', pullComment()).trigger).not.toHaveProperty('onIssue');
  });

  test('the App it was written through is told', () => {
    const payload = changed(pullComment(), 'comment.performed_via_github_app', { id: 99, slug: 'a-bot' });
    expect(read('issue_comment', payload).trigger).toMatchObject({ viaAppId: 99 });
  });

  test.each([
    ['an App without a readable id', 'comment.performed_via_github_app', { id: '99' }],
    ['an App that is a list', 'comment.performed_via_github_app', []],
    ['an edit', 'action', 'edited'],
    ['words of somebody else than the sender', 'comment.user.id', 4],
    ['words of a deleted account', 'comment.user', null],
    ['no words', 'comment.body', null],
    ['a comment id in quotes', 'comment.id', '492700400'],
    ['no installation', 'installation', null],
    ['an installation id in quotes', 'installation.id', '7'],
    ['a number below one', 'issue.number', 0],
    ['a number with a fraction', 'issue.number', 1.5],
    ['no sender', 'sender', undefined],
    ['a repository whose name is a path', 'repository.full_name', 'Codertocat/..'],
    ['a repository name with a third part', 'repository.full_name', 'Codertocat/Hello-World/x'],
    ['a repository id beyond exact numbers', 'repository.id', 2 ** 60],
  ])('%s: no trigger', (_what, path, value) => {
    expect(read('issue_comment', changed(pullComment(), path, value)).trigger).toBeNull();
  });

  test('a sender that does not say it is a person is a bot', () => {
    for (const type of ['Bot', 'Organization', 'Mannequin', undefined]) {
      const payload = changed(pullComment(), 'sender.type', type);
      expect(read('issue_comment', payload).trigger).toMatchObject({ sender: { kind: 'bot' } });
    }
  });
});

describe('what rules look at', () => {
  const changedComment = (action: string): Json => {
    const payload = changed(pullComment(), 'comment.performed_via_github_app', { id: 99, slug: 'tidegate' });
    const written = changed(payload, 'comment.user', { id: 4, login: 'tidegate[bot]', type: 'Bot' });
    return changed(written, 'action', action);
  };

  test.each(['edited', 'deleted'])('a comment of an App that somebody else %s', (action) => {
    expect(read('issue_comment', changedComment(action)).trigger).toEqual({
      kind: 'rules',
      reason: 'comment_edited',
      pull: { repo: { ...repo, installationId: 7 }, number: 1 },
      sender,
      commentId: 492700400,
      viaAppId: 99,
    });
  });

  test.each([
    ['no App', 'comment.performed_via_github_app', null],
    ['the App itself', 'comment.user.id', sender.id],
    ['a writer that is gone', 'comment.user', null],
    ['another action', 'action', 'pinned'],
  ])('not with %s', (_what, path, value) => {
    expect(read('issue_comment', changed(changedComment('edited'), path, value)).trigger).toBeNull();
  });

  const review = (action: string): Json => ({
    ...changed(example('pull_request_review', 'submitted'), 'installation', { id: 7 }),
    action,
  });

  test.each(['submitted', 'edited', 'dismissed'])('a review that was %s', (action) => {
    expect(read('pull_request_review', review(action)).trigger).toMatchObject({
      kind: 'rules',
      reason: 'review',
      pull: { repo: { id: repo.id, installationId: 7 }, number: 2 },
      sender: { login: sender.login },
      commentId: null,
    });
  });

  test('a review of which nothing is known', () => {
    expect(read('pull_request_review', review('invented')).trigger).toBeNull();
    expect(read('pull_request_review', changed(review('edited'), 'sender', null)).trigger).toBeNull();
  });
});

describe('buttons of checks', () => {
  const identifier = `a${'0'.repeat(19)}`;
  const pressed = (): Json => {
    const payload = changed(example('check_run', 'requested_action'), 'requested_action', { identifier });
    payload['installation'] = { id: 7 };
    return changed(payload, 'check_run.external_id', '12');
  };

  const presser = { id: 2036040, login: 'codebytere', kind: 'user' };
  const where = { id: 9384267, owner: 'electron', name: 'electron', installationId: 7 };

  test('a press says what was pressed, by whom, and on which pull request by what we wrote into the check', () => {
    const { check_run: run } = pressed() as { check_run: Json };
    expect(read('check_run', pressed()).trigger).toEqual({
      kind: 'button',
      pull: { repo: where, number: 12 },
      sender: presser,
      pressId: `${identifier}-${presser.id}`,
      appId: (run['app'] as Json)['id'],
      check: run['name'],
      headSha: run['head_sha'],
      identifier,
    });
  });

  test('the same press has the same name under another id, and another person’s has another one', () => {
    const name = (payload: Json, id: string): unknown => {
      const { trigger } = toDelivery({ id, event: 'check_run', payload, receivedAt: 5 });
      return trigger?.kind === 'button' ? trigger.pressId : null;
    };
    expect(name(pressed(), 'one')).toBe(name(pressed(), 'two'));
    expect(name(changed(pressed(), 'sender.id', 4), 'one')).not.toBe(name(pressed(), 'one'));
    const again = changed(pressed(), 'action', 'rerequested');
    expect(name(again, 'one')).not.toBe(name(again, 'two'));
    // Whatever an id looks like: it stands in a hidden line of a comment.
    expect(name(again, '--x--> \u202e')).toBe(`again-x-${presser.id}`);
  });

  test('to run again is of one check, or of all', () => {
    const again = changed(pressed(), 'action', 'rerequested');
    expect(read('check_run', again).trigger).toMatchObject({ identifier: null, pull: { number: 12 } });
    const suite = changed(example('check_suite', 'rerequested'), 'check_suite.pull_requests', [
      { number: 3 },
    ]);
    expect(read('check_suite', suite).trigger).toMatchObject({
      kind: 'button',
      check: null,
      identifier: null,
      pull: { number: 3 },
    });
  });

  test('of a check without our number it is on the pull request that GitHub names', () => {
    const payload = changed(pressed(), 'check_run.external_id', '');
    const named = changed(payload, 'check_run.pull_requests', [{ number: 5 }, { number: 6 }]);
    expect(read('check_run', named).trigger).toMatchObject({ pull: { number: 5 } });
    expect(read('check_run', changed(payload, 'check_run.pull_requests', [])).trigger).toBeNull();
  });

  test.each([
    ['another action', 'action', 'completed'],
    ['no identifier', 'requested_action', undefined],
    ['an identifier that we would not give', 'requested_action.identifier', 'Apply now'],
    ['a longer identifier', 'requested_action.identifier', 'a'.repeat(21)],
    ['no check', 'check_run', null],
    ['a check without a name', 'check_run.name', null],
    ['a check of no App', 'check_run.app', null],
    ['no commit', 'check_run.head_sha', 'main'],
    ['nobody', 'sender', null],
    ['no installation', 'installation', null],
  ])('%s: no trigger', (_what, path, value) => {
    expect(read('check_run', changed(pressed(), path, value)).trigger).toBeNull();
  });

  test('who presses and is no person is a bot', () => {
    const trigger = read('check_run', changed(pressed(), 'sender.type', 'Bot')).trigger;
    expect(trigger).toMatchObject({ sender: { kind: 'bot' } });
  });
});

test('owner and name are taken from the name that the allow-list is asked about', () => {
  const payload = changed(pullComment(), 'repository.name', 'another');
  const delivery = read('issue_comment', changed(payload, 'repository.owner.login', 'mallory'));
  expect(delivery.repository).toBe('Codertocat/Hello-World');
  expect(delivery.trigger).toMatchObject({ pull: { repo: { owner: 'Codertocat', name: 'Hello-World' } } });
});

test('an action named like a method of objects is no trigger', () => {
  for (const action of ['constructor', '__proto__', 'toString']) {
    expect(
      read('pull_request', changed(example('pull_request', 'opened'), 'action', action)).trigger,
    ).toBeNull();
  }
});

test('no payload, however damaged, throws or wakes us without all it needs', () => {
  const whole = pullComment();
  const paths = ['comment', 'issue', 'repository', 'sender', 'installation', 'action', 'comment.user'];
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.jsonValue(), (path, value) => {
      fc.pre(!(typeof value === 'object' && value !== null && 'id' in value));
      const delivery = read('issue_comment', changed(whole, path, value));
      expect(delivery.trigger).toBeNull();
    }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(
        'pull_request',
        'issue_comment',
        'pull_request_review',
        'check_run',
        'check_suite',
        'push',
      ),
      fc.jsonValue(),
      (event, payload) => {
        expect(read(event, payload)).toMatchObject({ id: 'd-1', event, trigger: null });
      },
    ),
  );
});
