import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createSystemClock } from '../../src/clock/system.ts';
import { runId } from '../../src/domain/ids.ts';
import type { OperationVerb } from '../../src/domain/operation.ts';
import { nothingPrinted, wholeOf } from '../../src/domain/printed.ts';
import { repoPath } from '../../src/domain/repo-path.ts';
import type { Reach } from '../../src/domain/run.ts';
import { loadRunners } from '../../src/runner/load.ts';
import type { Runner, StepInputs } from '../../src/runner/port.ts';
import { createLocalArtifacts } from '../../src/sandbox/artifact.ts';
import { noIsolation } from '../../src/sandbox/local/isolation/isolation.ts';
import { createLocalSandbox } from '../../src/sandbox/local/sandbox.ts';
import type { Session, StepResult } from '../../src/sandbox/port.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { programs } from '../support/server-programs.ts';

const runners = await loadRunners([path.resolve('runners')], { parseYaml: (text) => parse(text) });
const artifacts = createLocalArtifacts();

/** A tree, laid out again at the same place before each run, as the flow does it. */
interface Place {
  readonly tree: string;
  readonly checkout: string;
  readonly state: string;
  readonly runs: string;
}

let place: Place;
let count = 0;
const sessions: Session[] = [];

beforeEach(() => {
  const folder = temporaryFolder('runner');
  const at = (name: string) => path.join(folder, name);
  place = { tree: at('tree'), checkout: at('checkout'), state: at('state'), runs: at('runs') };
  mkdirSync(place.tree);
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.dispose();
});

const write = (name: string, text: string): void => {
  mkdirSync(path.dirname(path.join(place.tree, name)), { recursive: true });
  writeFileSync(path.join(place.tree, name), text);
};
const backend = () => `terraform {
  backend "local" {
    path          = "${place.state}/terraform.tfstate"
    workspace_dir = "${place.state}/workspaces"
  }
}
`;
const layOut = (): void => {
  rmSync(place.checkout, { recursive: true, force: true });
  cpSync(place.tree, place.checkout, { recursive: true });
};
const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
const written = (): readonly string[] => {
  const before = new Set(filesBelow(place.tree));
  return filesBelow(place.checkout).filter(
    (name) =>
      !before.has(name) ||
      !readFileSync(path.join(place.tree, name)).equals(readFileSync(path.join(place.checkout, name))),
  );
};

/** The machine's own settings of terraform must not reach a run; only PATH does. */
const toolPath = process.env['PATH'] ?? '';

const open = async (verb: Reach, dir: string, toolsPath = toolPath): Promise<Session> => {
  count += 1;
  const session = await createLocalSandbox({
    isolation: noIsolation,
    programs,
    folder: place.runs,
    environment: { plan: {}, apply: {} },
    path: toolsPath,
    mask: (text) => text,
    secrets: () => [],
    runKey: () => Buffer.alloc(32, 7),
    clock: createSystemClock(),
  }).open({
    runId: runId(`run_contract_${count}`),
    verb,
    checkout: place.checkout,
    dir: repoPath(dir),
    env: {},
  });
  sessions.push(session);
  return session;
};

const stepInputs = (session: Session, more: Partial<StepInputs>): StepInputs => ({
  planDir: session.files,
  workspace: 'default',
  varFiles: [],
  backendFiles: [],
  extra: [],
  ...more,
});

const expectFine = (result: StepResult): void => {
  expect(result, result.text).toMatchObject({ ended: 'exit', exitCode: 0 });
};

const plan = async (runner: Runner, dir: string, more: Partial<StepInputs> = {}, toolsPath = toolPath) => {
  layOut();
  const session = await open('plan', dir, toolsPath);
  const inputs = stepInputs(session, more);
  const results: StepResult[] = [];
  let state: string | null = null;
  for (const step of runner.steps('plan', inputs)) {
    const result = await session.run(step);
    expectFine(result);
    if (results.length === 0)
      state = await runner.localState(path.join(place.checkout, dir), inputs.workspace);
    results.push(result);
  }
  const artifact = await artifacts.pack({
    planDir: inputs.planDir,
    checkout: place.checkout,
    paths: written().filter((name) => !runner.isFetchedAgain(name)),
  });
  const data = results.at(-1)?.data ?? nothingPrinted;
  return { artifact, reading: await runner.read(data), state, results };
};

const apply = async (runner: Runner, dir: string, artifact: Buffer, more: Partial<StepInputs> = {}) => {
  layOut();
  const session = await open('apply', dir);
  const inputs = stepInputs(session, more);
  const at = { planDir: inputs.planDir, checkout: place.checkout };
  await artifacts.unpack(artifact, at);
  let text = '';
  for (const step of runner.steps('apply', inputs)) {
    // Right before the tool acts everything is still as it was reviewed, init and select included.
    if (step.mutates) await artifacts.verify(artifact, at);
    const result = await session.run(step);
    expectFine(result);
    text += result.text;
  }
  return text;
};

const stateOf = (
  file: string,
): {
  readonly resources: readonly {
    readonly instances: readonly { readonly attributes: Record<string, unknown> }[];
  }[];
} => JSON.parse(readFileSync(path.join(place.state, file), 'utf8'));
const inputsIn = (file: string) =>
  stateOf(file).resources.flatMap((one) =>
    one.instances.map((instance) => instance.attributes['input'] as { value: unknown } | unknown),
  );

describe.each(['terraform'])('the %s runner', (name) => {
  const runner = runners.get(name);
  if (runner === null) throw new Error(`no runner ${name}`);

  test('prints a version that can be read', async () => {
    write('live/main.tf', '');
    layOut();
    const session = await open('plan', 'live');
    const result = await session.run(runner.versionStep);
    const version = runner.readVersion(await wholeOf(result.data));
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(execFileSync(runner.executable, ['version'], { env: { PATH: toolPath } }).toString()).toContain(
      version,
    );
    expect(() => runner.readVersion(Buffer.from('hello'))).toThrow(/did not print a version/);
  });

  test('takes what exists into the state and out of it again, and reads the state as it was right before', async () => {
    write('live/main.tf', `${backend()}resource "terraform_data" "a" {\n  for_each = toset(["b c"])\n}\n`);
    const operate = async (verb: OperationVerb, more: Partial<StepInputs>) => {
      layOut();
      const session = await open('apply', 'live');
      const steps = runner.steps(
        verb,
        stepInputs(session, { addresses: ['terraform_data.a["b c"]'], ...more }),
      );
      expect(steps.filter(({ mutates }) => mutates)).toEqual([steps.at(-1)]);
      let before = '';
      for (const step of steps) {
        const result = await session.run(step);
        expectFine(result);
        if (step.output === 'data') before = (await wholeOf(result.data)).toString();
      }
      return before;
    };
    const ids = () =>
      stateOf('terraform.tfstate').resources.flatMap(({ instances }) =>
        instances.map(({ attributes }) => attributes['id']),
      );
    const importId = '; "x" $(id) \'y\'';
    expect(await operate('import', { importId })).not.toContain('resources": [\n    {');
    expect(ids()).toEqual([importId]);
    expect(await operate('state-rm', {})).toContain(JSON.stringify(importId));
    expect(ids()).toEqual([]);
    const session = await open('apply', 'live');
    expect(() => runner.steps('import', stepInputs(session, { addresses: ['a.b'] }))).toThrow('no value for');
    expect(() => runner.steps('state-rm', stepInputs(session, {}))).toThrow('no value for');
    const option = { addresses: ['a.b'], importId: '-config=/' };
    expect(() => runner.steps('import', stepInputs(session, option))).toThrow('read as an option');
  });

  test('plans, and applies exactly the plan from its artifact; then there is nothing to do', async () => {
    write(
      'live/main.tf',
      `${backend()}resource "terraform_data" "a" {\n  count = 2\n  input = "v\${count.index}"\n}\n`,
    );
    const first = await plan(runner, 'live');
    expect(first.reading.summary.counts).toMatchObject({ create: 2, update: 0, delete: 0 });
    expect(first.reading.summary.hasChanges).toBe(true);
    expect(first.state).toBe(path.join(place.state, 'terraform.tfstate'));
    const text = await apply(runner, 'live', first.artifact);
    expect(text).toContain('2 added, 0 changed, 0 destroyed');
    expect(inputsIn('terraform.tfstate')).toHaveLength(2);
    const second = await plan(runner, 'live');
    expect(second.reading.summary.hasChanges).toBe(false);
    expect(second.reading.summary.resources).toEqual([]);
  });

  test('two plans of the same tree have the same meaning', async () => {
    write('live/main.tf', `${backend()}resource "terraform_data" "a" {}\n`);
    const first = await plan(runner, 'live');
    const second = await plan(runner, 'live');
    expect(second.reading.meaning).toBe(first.reading.meaning);
  });

  test('path.cwd, a local module, a sibling folder and a file written by planning are right at apply', async () => {
    // Terraform as it is, but for a zip that planning writes, as a provider of archives would.
    const bin = temporaryFolder('bin');
    const real = execFileSync('sh', ['-c', 'command -v terraform'], { env: { PATH: toolPath } })
      .toString()
      .trim();
    writeFileSync(
      path.join(bin, 'terraform'),
      `#!/bin/sh\n[ "$1" = plan ] && mkdir -p build && printf zipped > build/code.zip\nexec '${real}' "$@"\n`,
    );
    chmodSync(path.join(bin, 'terraform'), 0o755);
    write('shared/one.txt', '1');
    write('shared/two.txt', '2');
    write(
      'modules/m/main.tf',
      `variable "v" {}\nresource "terraform_data" "m" {\n  input = "\${var.v} \${file("\${path.module}/text")}"\n}\n`,
    );
    write('modules/m/text', 'from the module');
    write(
      'live/main.tf',
      `${backend()}
module "m" {
  source = "../modules/m"
  v      = "x"
}
resource "terraform_data" "cwd" {
  input = path.cwd
}
resource "terraform_data" "shared" {
  input = join(",", fileset("../shared", "*.txt"))
}
resource "terraform_data" "zip" {
  input = "zip"
  provisioner "local-exec" {
    command = "cat build/code.zip > ${place.state}/deployed"
  }
}
`,
    );
    const { artifact, reading } = await plan(runner, 'live', {}, `${bin}:${toolPath}`);
    expect(reading.summary.counts.create).toBe(4);
    await apply(runner, 'live', artifact);
    expect(readFileSync(path.join(place.state, 'deployed'), 'utf8')).toBe('zipped');
    const state = readFileSync(path.join(place.state, 'terraform.tfstate'), 'utf8');
    expect(state).toContain(path.join(place.checkout, 'live'));
    expect(state).toContain('one.txt,two.txt');
    expect(state).toContain('x from the module');
  });

  test('a workspace has a state of its own, and var and backend files reach the tool', async () => {
    write(
      'live/main.tf',
      `terraform {\n  backend "local" {}\n}\nvariable "v" {}\nresource "terraform_data" "a" {\n  input = "\${terraform.workspace} \${var.v}"\n}\n`,
    );
    write(
      'live/state.hcl',
      `path = "${place.state}/terraform.tfstate"\nworkspace_dir = "${place.state}/workspaces"\n`,
    );
    write('live/stage.tfvars', 'v = "from a file"\n');
    const more = { workspace: 'stage', varFiles: ['stage.tfvars'], backendFiles: ['state.hcl'] };
    const planned = await plan(runner, 'live', more);
    expect(planned.state).toBe(path.join(place.state, 'workspaces/stage/terraform.tfstate'));
    await apply(runner, 'live', planned.artifact, more);
    expect(JSON.stringify(inputsIn('workspaces/stage/terraform.tfstate'))).toContain('stage from a file');
    expect(existsSync(path.join(place.state, 'terraform.tfstate'))).toBe(false);
  });

  test('applies with a lock file that the repository brought, and leaves it as it is', async () => {
    write('live/.terraform.lock.hcl', '# This file is maintained automatically by "terraform init".\n');
    write('live/main.tf', `${backend()}resource "terraform_data" "a" {}\n`);
    const { artifact } = await plan(runner, 'live');
    await apply(runner, 'live', artifact);
    expect(readFileSync(path.join(place.checkout, 'live/.terraform.lock.hcl'), 'utf8')).toContain(
      'maintained',
    );
  });

  test('a plan is refused by the tool once the state moved', async () => {
    write('live/main.tf', `${backend()}resource "terraform_data" "a" {}\n`);
    const first = await plan(runner, 'live');
    const second = await plan(runner, 'live');
    await apply(runner, 'live', first.artifact);
    await expect(apply(runner, 'live', second.artifact)).rejects.toThrow(/Saved plan is stale/);
  });

  test('says where state is that nobody put anywhere: in the checkout', async () => {
    write('live/main.tf', 'resource "terraform_data" "a" {}\n');
    const at = path.join(place.checkout, 'live');
    expect((await plan(runner, 'live')).state).toBe(path.join(at, 'terraform.tfstate'));
    expect((await plan(runner, 'live', { workspace: 'stage' })).state).toBe(
      path.join(at, 'terraform.tfstate.d/stage/terraform.tfstate'),
    );
  });

  test('a remote backend has no local state', async () => {
    write(
      'live/main.tf',
      'terraform {\n  backend "http" {\n    address = "http://127.0.0.1:9/none"\n    retry_max = 0\n  }\n}\n',
    );
    layOut();
    const session = await open('plan', 'live');
    const [init] = runner.steps('plan', stepInputs(session, {}));
    if (init === undefined) throw new Error('no init');
    // Nobody answers there, but the backend was chosen all the same.
    await session.run(init);
    expect(await runner.localState(path.join(place.checkout, 'live'), 'default')).toBeNull();
  });

  test('a committed selection of another workspace is refused before it can plan on a state that is not locked', async () => {
    write('live/main.tf', `${backend()}resource "terraform_data" "a" {}\n`);
    // It has to be there, or `init` goes back to `default` by itself.
    await plan(runner, 'live', { workspace: 'production' });
    write('live/.terraform/environment', 'production');
    await expect(plan(runner, 'live')).rejects.toMatchObject({
      problem: { code: 'config-invalid', sentence: expect.stringContaining('`production`') },
    });
  });

  test('tells a tool that fails, with its own words, from one that is missing', async () => {
    write('live/main.tf', 'resource "terraform_data" "a" {\n  input = local.nothing\n}\n');
    layOut();
    const session = await open('plan', 'live');
    const [init, planStep] = runner.steps('plan', stepInputs(session, {}));
    if (init === undefined || planStep === undefined) throw new Error('no steps');
    expectFine(await session.run(init));
    const failed = await session.run(planStep);
    expect(failed).toMatchObject({ ended: 'exit', exitCode: 1 });
    expect(failed.text).toContain('Reference to undeclared local value');
    const without = await open('plan', 'live', '/nowhere');
    expect(await without.run(init)).toMatchObject({ ended: 'not-found', exitCode: null });
  });

  test('a plan that prints very much still reads right', { tags: ['long'] }, async () => {
    write(
      'live/main.tf',
      `${backend()}resource "terraform_data" "a" {\n  count = 4\n  input = setproduct(range(90), range(90), ["line of a value that is far too long to be shown to anybody"])\n}\n`,
    );
    const { reading, results } = await plan(runner, 'live');
    expect(reading.summary.counts.create).toBe(4);
    const printed = results.find((result) => result.step === 'plan');
    expect(printed?.text).toMatch(/\n… [\d,]+ bytes left out …\n/);
    expect(printed?.text).toContain('Terraform will perform the following actions');
    expect(printed?.text).toContain('Plan: 4 to add');
    expect(JSON.stringify(reading.summary).length).toBeLessThan(50_000);
  });
});
