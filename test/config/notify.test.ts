import { describe, expect, it } from 'vitest';
import type { NotifySettings, Routed } from '../../src/config/notify.ts';
import { parseOperatorFile } from '../../src/config/operator-file.ts';

const read = (notify: string) => parseOperatorFile(`allow: [acme/*]\nnotify:\n${notify}`, 'operator.yaml');
const settings = (notify: string): NotifySettings => {
  const parsed = read(notify);
  if ('problem' in parsed) throw new Error(JSON.stringify(parsed.problem));
  return parsed.value.notify;
};
const wrong = (notify: string): string => {
  const parsed = read(notify);
  return 'problem' in parsed
    ? `${parsed.problem.sentence} ${parsed.problem.details ?? ''}`
    : 'nothing is wrong';
};

const ops =
  '  channels:\n    ops: {webhook: {url: https://hooks.example.com/in, secret: TIDEGATE_NOTIFY_OPS}}\n';
const event = (more: Partial<Routed> = {}): Routed => ({
  type: 'apply.failed',
  level: 'failure',
  repository: 'acme/infra',
  environment: 'production',
  ...more,
});

describe('notify of the operator file', () => {
  it('names channels, and variables in the place of secrets', () => {
    const chat = '    chat: {slack: {channel: C0123456789, token: TIDEGATE_NOTIFY_SLACK}}\n';
    expect(settings(ops + chat).channels).toEqual([
      { kind: 'webhook', name: 'ops', url: 'https://hooks.example.com/in', secret: 'TIDEGATE_NOTIFY_OPS' },
      {
        kind: 'slack',
        name: 'chat',
        channel: 'C0123456789',
        token: 'TIDEGATE_NOTIFY_SLACK',
        api: 'https://slack.com/api',
      },
    ]);
  });

  it('sends by type, repository, environment and level, and to nobody without a route', () => {
    expect(settings(ops).goesTo('ops', event(), null)).toBe(false);
    const routed = settings(
      `${ops}  routes:\n    - {to: [ops], events: ["apply.*"], repositories: acme/infra, environments: ["prod*"], level: attention}\n`,
    );
    expect(routed.goesTo('ops', event(), null)).toBe(true);
    expect(routed.goesTo('other', event(), null)).toBe(false);
    for (const no of [
      { type: 'plan.failed' },
      { repository: 'acme/app' },
      { environment: null },
      { environment: 'staging' },
      { level: 'information' as const },
    ])
      expect(routed.goesTo('ops', event(no), null)).toBe(false);
  });

  it('sends that something is over to whom it was said that it is not', () => {
    const routed = settings(`${ops}  routes:\n    - {to: [ops], level: failure}\n`);
    const over = event({ type: 'apply.succeeded', level: 'information' });
    expect(routed.goesTo('ops', over, null)).toBe(false);
    expect(routed.goesTo('ops', over, 'information')).toBe(false);
    expect(routed.goesTo('ops', over, 'failure')).toBe(true);
  });

  it.each([
    ['channels: {ops: {webhook: {url: "http://hooks.example.com", secret: TIDEGATE_X}}}', 'https://'],
    [
      'channels: {ops: {webhook: {url: "https://me:pass@hooks.example.com", secret: TIDEGATE_X}}}',
      'https://',
    ],
    ['channels: {ops: {webhook: {url: "https://hooks.example.com", secret: AWS_SECRET}}}', 'TIDEGATE_'],
    ['channels: {ops: {}}', 'either `webhook` or `slack`'],
    ['{channels: {}, routes: [{to: [ops]}]}', 'there is no `ops`'],
    ['{channels: {}, routes: [{to: [ops], events: ["aply.*"]}]}', 'there is none like this'],
  ])('refuses %s', (text, why) => {
    expect(wrong(text.startsWith('{') ? `  ${text}\n` : `  ${text}\n`)).toContain(why);
  });

  it('takes plain http on this machine only, for what stands in', () => {
    const local = ops.replace('https://hooks.example.com', 'http://127.0.0.1:8080');
    expect(settings(local).channels).toHaveLength(1);
  });
});
