import { expect, it } from 'vitest';
import { row, stateOf } from '../support/acts.ts';
import { deliver, storedDeliveries, tellInspected, webhookUrl } from '../support/deliver.ts';
import { localBackend, type Story } from '../support/story.ts';

const resource = (input: string) => `resource "terraform_data" "vpc" {\n  input = "${input}"\n}\n`;

const world = () =>
  tellInspected({
    files: (state) => ({
      'network/backend.tf': localBackend(state, 'network'),
      'network/main.tf': resource('small'),
    }),
    logLevel: 'silent',
  });

const propose = async (story: Story): Promise<void> => {
  await story.ada.push('change', { 'network/main.tf': resource('large') }, 'A change');
  await story.ada.openPull('change', 'A change');
  await story.settled();
};

/** The webhook's body for the newest comment of that text, as GitHub sent it. */
const bodyOf = (story: Story, text: string): string => {
  const sent = story.world.hub
    .deliveries()
    .map(({ request }) => request.payload)
    .filter((body) => body.includes('"performed_via_github_app"') && body.includes(JSON.stringify(text)));
  const body = sent.at(-1);
  if (body === undefined) throw new Error(`no webhook says ${text}`);
  return body;
};

it('words that are no command of a person, or not on its own first line, are never one', {
  tags: ['long'],
}, async () => {
  const { story } = await world();
  await using told = story;
  await propose(told);
  const words = [
    '> /apply',
    '```\n/apply\n```',
    '`/apply`',
    '<!-- /apply -->',
    '<!--\n/apply\n-->',
    '\u200b/apply',
    '\u2060/apply',
    '\ufeff/apply',
    '\u3164\n/apply',
    '\u2028/apply',
    '    /apply',
    '\t/apply',
    '- /apply',
    '*/apply*',
    '/apply\n-p network',
    'please\n/apply',
    '/apply please',
    '/\u0430pply',
    '/\uff41pply',
    '\uff0fapply',
    '/apply\u200b',
    '/apply\u0000',
    '/APPLY',
    '\r/apply\rx',
    '/apply -p \u202enetwork',
    '@tidegate /apply',
  ];
  for (const text of words) await told.ada.comment(1, text);
  await told.settled();
  expect(await stateOf(told, 'network')).toBe('');
  expect(await row(told, 1, 'network')).toContain('planned');
});

it('a webhook that says something else than the forge does nothing, signed or not', async () => {
  const inspected = await world();
  await using story = inspected.story;
  await propose(story);
  const { hub, repository } = story.world;
  // Heard by nobody, so that no answer of ours stands in the way of what comes next.
  hub.setWebhook(story.world.appId, 'http://127.0.0.1:1/');
  await story.mallory.comment(1, '/apply');
  await hub.settled();
  hub.setWebhook(story.world.appId, webhookUrl(story));
  const said = bodyOf(story, '/apply');
  const idOf = (login: string) => [...hub.state.accounts.values()].find((one) => one.login === login)?.id;
  const forged = {
    'another person': said
      .replaceAll('"login":"mallory"', '"login":"ada"')
      .replaceAll(`"id":${idOf('mallory')}`, `"id":${idOf('ada')}`),
    'the login of another': said.replaceAll('"login":"mallory"', '"login":"ada"'),
    'another text': said.replaceAll('"/apply"', '"/apply -p network"'),
    'another installation': said.replace(/"installation":\{"id":\d+/, '"installation":{"id":99'),
    'another repository': said.replaceAll(repository, 'evil/infrastructure'),
    'a name that climbs': said.replaceAll(`"${repository}"`, `"acme/../${repository}"`),
    'a huge number': said.replace('"number":1,', `"number":${'9'.repeat(400)},`),
    'another pull request': said.replace('"number":1,', '"number":2,'),
    'keys of prototypes': said.replace('{', '{"__proto__":{"repository":1},"constructor":{"prototype":1},'),
    'an end that never comes': `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
  };
  for (const [name, body] of Object.entries(forged))
    expect(await deliver(inspected, 'issue_comment', `forged-${name.replaceAll(' ', '-')}`, body), name).toBe(
      202,
    );
  await story.settled();
  expect(await stateOf(story, 'network')).toBe('');
  expect(await row(story, 1, 'network')).toContain('planned');
  expect(storedDeliveries(story).filter(({ state }) => state === 'pending')).toEqual([]);
});

it('the same signed words again do nothing again, however long after', { tags: ['long'] }, async () => {
  const inspected = await world();
  await using story = inspected.story;
  await story.ada.push('change', { 'network/main.tf': 'resource "terraform_data" {}\n' }, 'Broken');
  await story.ada.openPull('change', 'A change');
  await story.settled();
  // Refused: there is nothing to apply yet.
  await story.ada.comment(1, '/apply');
  await story.ada.comment(1, '/unlock');
  await story.settled();
  const before = (await story.replies(1)).length;
  const refused = bodyOf(story, '/apply');
  const unlock = bodyOf(story, '/unlock');
  await story.world.hub.pushFiles(story.world.repository, 'change', {
    as: 'ada',
    files: { 'network/main.tf': resource('large') },
  });
  await story.settled();
  expect(await row(story, 1, 'network')).toContain('planned');
  for (const [name, body] of Object.entries({ refused, unlock }))
    expect(await deliver(inspected, 'issue_comment', `again-${name}`, body)).toBe(202);
  await story.settled();
  expect(await stateOf(story, 'network')).toBe('');
  expect(await row(story, 1, 'network')).toContain('planned');
  expect(await story.replies(1)).toHaveLength(before);
});
