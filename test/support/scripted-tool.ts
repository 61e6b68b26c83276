import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Script, ScriptedAnswer } from '../../src/sandbox/scripted/sandbox.ts';
import { put } from './git-author.ts';

/** Stands for terraform: a folder's wish is its `main.tf`, with its outputs, its world is `state`; a plan changes what differs. */
export interface ScriptedTool {
  version: string;
  /** Contents of `main.tf` that were applied, by the project's dir. */
  readonly state: Map<string, string>;
  /** `plan network` ...: every invocation that may cost something, in order. */
  readonly journal: string[];
  /** What `init` and `plan` print for people. */
  readonly prints: Map<'init' | 'plan', string>;
  /** Called before a step of that name; what it returns is the answer, undefined lets the tool go on. */
  readonly hooks: Map<
    string,
    (dir: string) => Promise<ScriptedAnswer | undefined> | ScriptedAnswer | undefined
  >;
}

/** `output NAME = VALUE` on a line of its own; the value `later` is known after the apply only. */
const outputsIn = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^output (\w+) = (.*)$/gm)].map(([, name = '', value = '']) => [name, value]));

const outputChanges = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) =>
  Object.fromEntries(
    [...new Set([...before.keys(), ...after.keys()])].map((name) => {
      const [was, will] = [before.get(name) ?? null, after.get(name) ?? null];
      const action = was === null ? 'create' : will === null ? 'delete' : 'update';
      return [
        name,
        {
          actions: [was === will && will !== 'later' ? 'no-op' : action],
          before: was,
          ...(will === 'later' ? { after_unknown: true } : { after: will, after_unknown: false }),
          before_sensitive: false,
          after_sensitive: false,
        },
      ];
    }),
  );

const planJson = (before: string | null, after: string): string =>
  JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.11.4',
    resource_changes: [
      {
        address: 'terraform_data.this',
        mode: 'managed',
        type: 'terraform_data',
        name: 'this',
        provider_name: 'terraform.io/builtin/terraform',
        change: {
          actions: before === after ? ['no-op'] : before === null ? ['create'] : ['update'],
          before: before === null ? null : { input: before },
          after: { input: after },
          after_unknown: {},
          before_sensitive: {},
          after_sensitive: {},
        },
      },
    ],
    output_changes: outputChanges(outputsIn(before ?? ''), outputsIn(after)),
  });

export const createScriptedTool = (): { tool: ScriptedTool; script: Script } => {
  const tool: ScriptedTool = {
    version: '1.11.4',
    state: new Map(),
    journal: [],
    prints: new Map(),
    hooks: new Map(),
  };
  const planFileOf = (folder: string) => path.join(folder, 'files', 'plan.bin');
  const script: Script = async (step, { spec, folder }) => {
    const { dir } = spec;
    if (step.name === 'plan' || step.name === 'apply') tool.journal.push(`${step.name} ${dir}`);
    const hooked = await tool.hooks.get(step.name)?.(dir);
    if (hooked !== undefined) return hooked;
    switch (step.name) {
      case 'version':
        return { data: JSON.stringify({ terraform_version: tool.version }) };
      case 'init':
        put(spec.checkout, path.join(dir, '.terraform/terraform.tfstate'), '{"backend":{"type":"http"}}');
        return { text: tool.prints.get('init') ?? '' };
      case 'plan':
        await writeFile(planFileOf(folder), await readFile(path.join(spec.checkout, dir, 'main.tf')));
        return { text: tool.prints.get('plan') ?? 'planned' };
      case 'show':
        return {
          data: planJson(tool.state.get(dir) ?? null, await readFile(planFileOf(folder), 'utf8')),
        };
      case 'apply':
        tool.state.set(dir, await readFile(planFileOf(folder), 'utf8'));
        return { text: 'applied' };
      default:
        return {};
    }
  };
  return { tool, script };
};
