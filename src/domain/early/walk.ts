import { type Layers, partOf } from '../declared/folder.ts';
import type { Block } from '../declared/outline.ts';
import { isLocal } from '../modules.ts';
import { type Definitions, evaluated, isJson } from './definitions.ts';
import type { Scope } from './evaluate.ts';
import { type Budget, freshBudget, type Result, unknowable } from './result.ts';
import { aroundCalled, aroundEncryption, aroundRoot, scopeOf, withAround } from './scope.ts';
import { type EarlyBody, earlyBody } from './settings.ts';
import { calledVariable, type Given, rootVariable } from './variables.ts';

/** What one tree and one project say before a tool starts. */
export interface EarlyInput {
  /** The project's folder. */
  readonly root: string;
  /** The tool's workspace. */
  readonly workspace: string;
  /** What a folder defines; null: it is not read, because nothing in it and nothing that it calls is an expression. */
  readonly folder: (path: string) => Definitions | null;
  /** The folder that a local source leads to; null: none of the repository. */
  readonly resolve: (from: string, source: string) => string | null;
  readonly given: Given;
}

/** What a call of a module comes to, one time that its folder is used. */
export interface CallOutcome {
  readonly source: Result;
  /** Null: it has none. */
  readonly version: Result | null;
}

export interface EarlyWalk {
  /** Of a call of a folder, each time that the folder is used; none: nothing leads to it. */
  outcomes(folder: string, call: string): readonly CallOutcome[];
  /** A block of the root's settings, such as its backend. */
  settings(block: Block, isJson: boolean): EarlyBody;
}

/** More calls than anybody nests, and more modules than anybody uses at once. */
const deepest = 20;
const mostModules = 2_000;

interface Module {
  readonly folder: string;
  readonly definitions: Definitions;
  readonly scope: Scope;
  /** Names of the calls that lead to it. */
  readonly names: readonly string[];
}

const labelOf = (names: readonly string[]): string => names.map((name) => `module.${name}.`).join('');

/** No variables of the module that is called. */
const own = new Set(['source', 'version', 'count', 'for_each', 'providers', 'depends_on']);

/** An argument of a call. Undefined: it has none. */
const argumentOf = (
  call: Layers,
  name: string,
  { scope, names }: Pick<Module, 'scope' | 'names'>,
  budget: Budget,
): Result | undefined => {
  if (!call.sure) return unknowable;
  const part = partOf(call, [name]);
  if (part === null) {
    // Twice is not none.
    const isThere = [call.first, ...call.over].some(({ block }) =>
      block.arguments.some((argument) => argument.name === name),
    );
    return isThere ? unknowable : undefined;
  }
  const { argument, file } = part;
  if (argument === null) return unknowable;
  const [label] = call.first.block.labels;
  return evaluated(
    { argument, isJson: isJson(file) },
    scope,
    budget,
    `${labelOf(names)}module.${label}#${name}`,
  );
};

const givenTo = (call: Layers, name: string, from: Module, budget: Budget): Result | undefined => {
  // A block `_` gives variables too, and in JSON syntax a map looks like a block.
  if ([call.first, ...call.over].some(({ block }) => block.blocks.length > 0)) return unknowable;
  return own.has(name) ? undefined : argumentOf(call, name, from, budget);
};

const keyOf = (folder: string, call: string): string => `${folder}\0${call}`;

/** All modules that the calls lead to, root first, and what comes of each call. */
const visitAll = (
  input: EarlyInput,
  root: Module,
  budget: Budget,
): { readonly found: ReadonlyMap<string, readonly CallOutcome[]>; readonly isWhole: boolean } => {
  const found = new Map<string, CallOutcome[]>();
  const modules = [root];
  const around = aroundCalled(aroundRoot(input.workspace));
  let isWhole = true;

  const enter = (from: Module, name: string, call: Layers, source: string): void => {
    const folder = isLocal(source) ? input.resolve(from.folder, source) : null;
    const definitions = folder === null ? null : input.folder(folder);
    if (folder === null || definitions === null) return;
    if (modules.length >= mostModules || from.names.length >= deepest) {
      isWhole = false;
      return;
    }
    const names = [...from.names, name];
    const label = labelOf(names);
    const variable = (wanted: string) =>
      calledVariable(
        definitions,
        wanted,
        `${label}var.${wanted}`,
        givenTo(call, wanted, from, budget),
        budget,
      );
    modules.push({
      folder,
      definitions,
      names,
      scope: scopeOf(definitions, label, variable, around, budget),
    });
  };

  const outcomeOf = (module: Module, name: string): CallOutcome => {
    const { blocks, isRead } = module.definitions;
    const call = isRead ? blocks.declared('module', [name]) : null;
    if (call === null || call === 'none') return { source: unknowable, version: null };
    const source = argumentOf(call, 'source', module, budget) ?? unknowable;
    if (typeof source.known?.value === 'string') enter(module, name, call, source.known.value);
    return { source, version: argumentOf(call, 'version', module, budget) ?? null };
  };

  // A list may grow while it is walked.
  for (const module of modules)
    for (const [name = ''] of module.definitions.blocks.labelsOf('module')) {
      const key = keyOf(module.folder, name);
      const before = found.get(key) ?? [];
      found.set(key, before);
      before.push(outcomeOf(module, name));
    }
  return { found, isWhole };
};

const nothingKnown: EarlyWalk = {
  outcomes: () => [],
  settings: () => ({ body: null, feeds: unknowable.feeds }),
};

/**
 * Goes through all module calls of a project from its root, each with the values that it is given. Pure. What it takes is bounded,
 * whatever the files say; beyond that nothing is known.
 */
export const earlyWalk = (input: EarlyInput): EarlyWalk => {
  const definitions = input.folder(input.root);
  if (definitions === null) return nothingKnown;
  const budget = freshBudget();
  const around = aroundRoot(input.workspace);
  const variable = (name: string) => rootVariable(definitions, input.given, name, budget);
  const scope = scopeOf(definitions, '', variable, around, budget);
  const root: Module = { folder: input.root, definitions, scope, names: [] };
  const { found, isWhole } = visitAll(input, root, budget);
  return {
    outcomes: (folder, call) =>
      isWhole ? (found.get(keyOf(folder, call)) ?? []) : [{ source: unknowable, version: null }],
    settings: (block, isJson) => {
      const names = block.type === 'encryption' ? withAround(scope, aroundEncryption(around)) : scope;
      const header = [block.type, ...block.labels].join('.');
      // In JSON syntax labels cannot be told from names.
      return isJson && block.blocks.length > 0
        ? { body: null, feeds: unknowable.feeds }
        : earlyBody(block, isJson, names, budget, header);
    },
  };
};
