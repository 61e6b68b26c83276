import { createSystemClock } from '../../src/clock/system.ts';
import type { App } from '../../src/hub/app-state.ts';
import { createCheckRun } from '../../src/hub/checks.ts';
import { createComment } from '../../src/hub/comments.ts';
import { createHub, type Hub } from '../../src/hub/hub.ts';
import type { Pull } from '../../src/hub/state.ts';
import { createRenderer } from '../../src/render/renderer.ts';
import { everyState } from '../render/samples.ts';
import { oneAppKey } from '../support/app-key.ts';
import { temporaryFolder } from '../support/leftovers.ts';

export interface World {
  readonly hub: Hub;
  readonly pull: Pull;
  readonly app: App;
  /** With the token, for a first visit. */
  readonly address: string;
  say(body: string): void;
}

const main = `resource "terraform_data" "gateway" {
  input = "v1"
}
`;

/** A hub alone: an organisation, three people, an App that has spoken once, and a pull request. */
export const createWorld = async (): Promise<World> => {
  const hub = await createHub({
    folder: temporaryFolder('hub'),
    clock: createSystemClock(),
    newKey: oneAppKey,
  });
  for (const login of ['ada', 'grace', 'linus']) hub.addUser(login);
  hub.addOrganisation('acme', { owners: ['ada'] });
  await hub.addRepository('acme', 'infra', {
    description: 'Networks and clusters',
    files: { 'network/main.tf': main, 'README.md': '# infra\n' },
    permissions: { grace: 'write', linus: 'read' },
  });
  const { app } = await hub.registerApp({
    slug: 'tidegate',
    name: 'Tidegate',
    owner: 'acme',
    events: [],
    permissions: { checks: 'write', pull_requests: 'write' },
  });
  hub.installApp(app.id, 'acme', ['acme/infra']);
  await hub.pushFiles('acme/infra', 'gateway-v2', {
    from: 'main',
    files: {
      'network/main.tf': main.replace('v1', 'v2'),
      'network/outputs.tf': 'output "id" {\n  value = 1\n}\n',
    },
    as: 'grace',
    message: 'Move the gateway to v2',
  });
  const pull = await hub.openPull('acme/infra', {
    title: 'Move the gateway to v2',
    body: 'The old one is **end of life**.\n\n- [x] tried in staging\n- [ ] told the network people\n\nSee #1.',
    head: 'gateway-v2',
    base: 'main',
    as: 'grace',
  });
  const bot = { account: app.bot, app };
  const renderer = createRenderer();
  createComment(hub.state, pull, bot, renderer.board(everyState));
  for (const [name, check] of [
    ['tidegate/plan', renderer.planCheck(everyState)],
    ['tidegate/apply', renderer.applyCheck({ ...everyState, rows: everyState.rows.slice(0, 2) })],
  ] as const)
    createCheckRun(hub.state, hub.repo('acme/infra'), bot, pull.head.sha, {
      name,
      status: check.status,
      ...(check.conclusion === null ? {} : { conclusion: check.conclusion }),
      output: { title: check.title, summary: check.summary, text: check.text },
    });
  return {
    hub,
    pull,
    app,
    address: `${hub.url}/acme/infra/pull/${pull.number}?token=${hub.pagesToken}`,
    say: (body) => {
      createComment(hub.state, pull, bot, body);
    },
  };
};
