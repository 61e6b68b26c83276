/** Commands on a checkout, with tools of the operator's own, and what Terraform puts out for them. */
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Checkout, makeCheckout } from '../support/checkout.ts';
import { put } from '../support/git-author.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { localBackend } from '../support/story.ts';
import { createSummaryTool } from '../support/summary-tool.ts';
import { run } from './command.ts';

const lines = (...text: readonly string[]): string => `${text.join('\n')}\n`;

const things = lines(
  'version: 1',
  'projects:',
  '  - { name: people, dir: people, runner: things }',
  '  - { name: network, dir: network }',
);

/** A repository with a project of each tool, and the file of an operator who has `things`. */
const bench = (
  files: Readonly<Record<string, string>> = {},
): {
  readonly checkout: Checkout;
  readonly tool: ReturnType<typeof createSummaryTool>;
  readonly config: string;
  readonly state: string;
} => {
  const tool = createSummaryTool({}, { isAlone: true });
  const state = temporaryFolder('state');
  const folder = temporaryFolder('operator');
  put(
    folder,
    'operator.yaml',
    lines('allow: ["*/*"]', 'isolation: none', `allow_local_state: ${state}`, `runners: [${tool.runners}]`),
  );
  const checkout = makeCheckout({
    'tidegate.yaml': things,
    'people/wish.json': '{}',
    'network/main.tf': `${localBackend(state, 'network')}output "address" {\n  value = "10.0.0.1"\n}\n`,
    ...files,
  });
  return { checkout, tool, state, config: path.join(folder, 'operator.yaml') };
};

describe('tidegate validate', () => {
  it('knows the runners of the operator, and what their projects may say', { tags: ['long'] }, async () => {
    const { checkout, config } = bench();
    expect(await run(checkout, 'validate', ['--config', config])).toMatchObject({
      code: 0,
      out: expect.stringContaining('tidegate.yaml is right: 2 projects.'),
    });
    checkout.write({ 'tidegate.yaml': things.replace('things }', 'things, with: { level: high } }') });
    const wrong = await run(checkout, 'validate', ['--config', config]);
    expect(wrong).toMatchObject({ code: 1, out: expect.stringContaining('tidegate.yaml:3:') });
    expect(wrong.out).toContain('`level`');
    checkout.write({ 'tidegate.yaml': things.replace('things', 'thing') });
    const unknown = await run(checkout, 'validate', ['--config', config]);
    expect(unknown).toMatchObject({ code: 1, out: expect.stringContaining('tidegate.yaml:3:') });
    expect(unknown.out).toContain('things');
  });

  it('says where a runner may come from that it does not know without the operator file', async () => {
    const { checkout } = bench();
    const { code, out } = await run(checkout, 'validate');
    expect(code).toBe(1);
    expect(out).toContain('`things`');
    expect(out).toContain('--config');
  });
});

describe('tidegate projects', () => {
  it('lists projects of the operator’s tools, by what the file says and by what lies in a folder', {
    tags: ['long'],
  }, async () => {
    const { checkout, config } = bench();
    const asked = async (...args: readonly string[]): Promise<unknown> =>
      JSON.parse((await run(checkout, 'projects', ['--json', '--config', config, ...args])).out);
    expect(await asked()).toMatchObject({
      projects: [
        { name: 'people', runner: 'things' },
        { name: 'network', runner: 'terraform' },
      ],
    });
    checkout.git('rm', '--quiet', 'tidegate.yaml');
    checkout.commit();
    expect(await asked()).toMatchObject({
      projects: [
        { dir: 'network', runner: 'terraform' },
        { dir: 'people', runner: 'things' },
      ],
    });
  });
});

describe('tidegate plan', { tags: ['long'], timeout: 120_000 }, () => {
  it('plans with a tool of the operator’s, shows what its summary says, and applies nothing', async () => {
    const { checkout, config, tool } = bench();
    tool.world.set({ grace: 'dev' });
    checkout.write({ 'people/wish.json': '{"ada":"admin","grace":"lead"}' });
    const { code, out, said } = await run(checkout, 'plan', ['--config', config, '--detailed-exitcode']);
    expect({ code, said }).toMatchObject({
      code: 2,
      said: expect.stringContaining('[1/1] people: 1 to create, 1 to update'),
    });
    expect(out).toContain('+ create thing/ada');
    expect(out).toContain('~ update thing/grace');
    expect(tool.world.get()).toEqual({ grace: 'dev' });
    expect(tool.journal().map(({ phase }) => phase)).toEqual(['prepare', 'plan']);
    expect(tool.journal()[1]?.told).toMatchObject({ TIDEGATE_PROJECT: 'people', TIDEGATE_TRUSTED: 'yes' });

    tool.behave({ plan: { exit: 3, summary: { blocked: ['ask the owner first'] } } });
    const blocked = await run(checkout, 'plan', ['--config', config]);
    expect(blocked.code).toBe(1);
    expect(blocked.out).toContain('ask the owner first');
    tool.behave({ plan: { exit: 0 } });
    expect(await run(checkout, 'plan', ['--config', config])).toMatchObject({ code: 1 });
  });

  it('feeds it what Terraform put out, hides what is sensitive, and waits for what is not applied', async () => {
    const fed = lines(
      'version: 1',
      'projects:',
      '  - { name: network, dir: network }',
      '  - name: shop',
      '    dir: people',
      '    runner: things',
      '    depends_on: [{ project: network, outputs: [address, password] }]',
      '    feeds:',
      '      ingress.host: { project: network, output: address }',
      '      db.password: { project: network, output: password }',
    );
    const network = (state: string, address: string) =>
      `${localBackend(state, 'network')}output "address" {\n  value = "${address}"\n}\noutput "password" {\n  value     = sha256("${address}")\n  sensitive = true\n}\n`;
    const { checkout, config, state } = bench({ 'tidegate.yaml': fed });
    const secret = '0123456789abcdef'.repeat(4);
    checkout.write({
      'network/main.tf': network(state, '10.0.0.1').replace(/sha256\([^)]*\)/, `"${secret}"`),
    });
    checkout.commit();
    checkout.git('checkout', '--quiet', '-b', 'topic');
    put(
      state,
      'network.tfstate',
      JSON.stringify({
        version: 4,
        terraform_version: '1.5.0',
        serial: 1,
        lineage: '6d2b1c6e-0000-4000-8000-000000000000',
        outputs: {
          address: { value: '10.0.0.1', type: 'string' },
          password: { value: secret, type: 'string', sensitive: true },
        },
        resources: [],
      }),
    );
    checkout.write({ 'people/wish.json': '{"host":"feed:ingress.host","password":"feed:db.password"}' });
    const args = ['--config', config, '--detailed-exitcode'];
    const { code, out, said } = await run(checkout, 'plan', args);
    expect({ code, said, out }).toMatchObject({
      code: 2,
      said: expect.stringContaining('[1/1] shop: 2 to create'),
    });
    expect(out).toContain('10.0.0.1');
    expect(out).toContain('`ingress.host` is `address` of `network`');
    expect(`${out}${said}`).not.toContain(secret);

    // What the checkout changes of the source is not applied: nobody knows yet what it puts out.
    checkout.write({ 'network/main.tf': network(state, '10.9.9.9') });
    const waits = await run(checkout, 'plan', args);
    expect(waits.said).toContain('Not planned here: `shop` uses outputs of `network`');
    expect(waits.out).toContain('waits for `network`');
  });
});
